// What the bundler makes of the present sources; made if need be.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../..', import.meta.url));

export function bundledProgram(name: 'trainer' | 'kernels' | 'report-page'): string {
  const bundler = path.join(project, 'main/build/bundle.mjs');
  const folder = execFileSync(process.execPath, [bundler], { cwd: project, encoding: 'utf8' });
  return path.join(project, folder.trim(), `${name}.js`);
}

/** The script of exported pages. */
export function pageScript(): string {
  return readFileSync(bundledProgram('report-page'), 'utf8');
}
