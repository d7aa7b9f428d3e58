// Where the bundled programs lie. They are siblings, whichever shared chunk this code ends up in; see
// main/build/entry-points.mjs. Only meaningful in a bundle; tests name theirs.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export function trainerFile(): string {
  return fileURLToPath(new URL('./trainer.js', import.meta.url));
}

export function benchFile(): string {
  return fileURLToPath(new URL('./bench.js', import.meta.url));
}

export function kernelCheckFile(): string {
  return fileURLToPath(new URL('./kernels.js', import.meta.url));
}

export function selftestFile(): string {
  return fileURLToPath(new URL('./selftest.js', import.meta.url));
}

/** The script of exported reports, bundled from renderer/report-page. */
export function reportPageFile(): string {
  return fileURLToPath(new URL('./report-page.js', import.meta.url));
}

/** The script of the networks in exported reports, with TensorFlow.js in it. */
export function reportNetworkFile(): string {
  return fileURLToPath(new URL('./report-network.js', import.meta.url));
}

/** The checkout that the bundle was made from: `dist/main-…/../..`. */
export function projectFolder(): string {
  return fileURLToPath(new URL('../..', import.meta.url));
}

/** Programs that go with exported networks. */
export function exportScripts(): string {
  return path.join(projectFolder(), 'assets', 'export');
}
