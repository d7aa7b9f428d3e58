// The programs that are made of our TypeScript: output name → source. They start each other by the path
// of the sibling file, so the names here are a contract with main/host/program-files.ts and, for decoder, reader
// and checker, with main/data/decoding/decoders.ts, main/data/reading/read-outside.ts and
// main/host/checking/check-outside.ts.
export const entryPoints = {
  app: 'main/app/main.ts',
  cli: 'main/cli/main.ts',
  trainer: 'main/trainer/main.ts',
  decoder: 'main/data/decoding/main.ts',
  reader: 'main/data/reading/main.ts',
  checker: 'main/host/checking/main.ts',
  bench: 'main/bench/main.ts',
  kernels: 'main/bench/kernels/main.ts',
  selftest: 'main/bench/selftest/main.ts',
  // Of a checkout only; electron-builder.yml leaves them out.
  'bench-gpu': 'main/bench/gpu/main.ts',
  torture: 'main/torture/main.ts',
  'torture-target': 'main/torture/fuzz/target.ts',
  'torture-networks': 'main/torture/numbers/networks.ts',
};

/** What Electron runs in the page before the page's own scripts; see main/preload. */
export const preloadScripts = {
  preload: 'main/preload/preload.ts',
};

/** What runs in pages that we export: each becomes one text without imports. */
export const pageScripts = {
  'report-page': 'renderer/report-page/main.ts',
  'report-network': 'renderer/report-page/network/main.ts',
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
