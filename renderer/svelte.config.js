// Read by Vite, svelte-check and ESLint. Runes everywhere; no preprocessor for TypeScript: in components
// it is only types, which Svelte itself removes.

/**
 * bits-ui writes one inline style, which the content security policy refuses; set by a directive it
 * goes through the style object, which is allowed.
 */
const withoutInlineStyle = {
  name: 'without-inline-style',
  markup: ({ content, filename }) =>
    filename?.includes('node_modules/bits-ui/')
      ? { code: content.replaceAll('style="display: contents;"', 'style:display="contents"') }
      : undefined,
};

/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
const config = {
  preprocess: [withoutInlineStyle],
  compilerOptions: { runes: true },
  vitePlugin: {
    dynamicCompileOptions: ({ filename }) =>
      filename.includes('node_modules') ? { runes: undefined } : undefined,
  },
};

export default config;
