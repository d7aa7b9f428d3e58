// What the bundler makes of the present sources; made if need be.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../..', import.meta.url));

export function bundledProgram(
  name: 'trainer' | 'kernels' | 'report-page' | 'report-network',
): string {
  const bundler = path.join(project, 'main/build/bundle.mjs');
  const folder = execFileSync(process.execPath, [bundler], { cwd: project, encoding: 'utf8' });
  return path.join(project, folder.trim(), `${name}.js`);
}

/** The script of networks in exported pages. */
export function networkScript(): string {
  return readFileSync(bundledProgram('report-network'), 'utf8');
}

/** For reports that carry no network. */
export const withoutNetworks = {
  networkScript,
  networkOf: (run: string) => Promise.reject(new Error(`No block shows the network of ${run}.`)),
};

/** The script of exported pages. */
export function pageScript(): string {
  return readFileSync(bundledProgram('report-page'), 'utf8');
}
