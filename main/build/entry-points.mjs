// The programs that are made of our TypeScript: output name → source. The host starts the trainer by
// the path of its sibling file, so the names here are a contract with main/host/program-files.ts.
export const entryPoints = {
  app: 'main/app/main.ts',
  cli: 'main/cli/main.ts',
  trainer: 'main/trainer/main.ts',
  bench: 'main/bench/main.ts',
};

/** What Electron runs in the page before the page's own scripts; see main/preload. */
export const preloadScripts = {
  preload: 'main/preload/preload.ts',
};

/** What runs in pages that we export: each becomes one text without imports. */
export const pageScripts = {
  'report-page': 'renderer/report-page/main.ts',
};

/** How they are bundled; tests bundle them the same way. */
export const pageScriptOptions = {
  bundle: true,
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  charset: 'utf8',
};
