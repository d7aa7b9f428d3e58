// Builds the page into dist/renderer, and serves it with hot reload while it is worked on. The content
// security policy allows no inline script or style, so nothing may be inlined.
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const folder = fileURLToPath(new URL('.', import.meta.url));
/** `npm run dev` says where a `resnet-lab serve` listens that the page shall talk to. */
const hostUrl = process.env['RESNET_LAB_DEV_HOST'];

export default defineConfig({
  root: folder,
  base: './',
  plugins: [svelte({ configFile: `${folder}svelte.config.js` })],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'es2023',
    // These know `light-dark()`; for others it would be rewritten so that only whole pages have a theme.
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssMinify: true,
    // Read from this machine, not over a network: fewer files count for more than smaller ones.
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What several pages use is one file: of sixty small ones the fetching took longer.
          groups: [{ name: 'shared', minShareCount: 2 }],
        },
      },
    },
  },
  server: {
    host: '127.0.0.1',
    ...(hostUrl === undefined
      ? {}
      : { proxy: { '/rpc': toHost(hostUrl, true), '^/\\?token=': toHost(hostUrl, false) } }),
  },
});

/** The host answers only requests that say they come from its own page. Vite has a socket of its own. */
function toHost(target: string, ws: boolean) {
  return { target, ws, changeOrigin: true, headers: { origin: target } };
}
