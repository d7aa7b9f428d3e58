// Read by Vite, svelte-check and ESLint. Runes everywhere; no preprocessor: TypeScript in components is
// only types, which Svelte itself removes.
/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
const config = {
  compilerOptions: { runes: true },
  vitePlugin: {
    dynamicCompileOptions: ({ filename }) =>
      filename.includes('node_modules') ? { runes: undefined } : undefined,
  },
};

export default config;
