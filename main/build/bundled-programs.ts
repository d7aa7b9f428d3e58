// For tests that start our programs as users do: bundles them if their sources changed, in a process
// of its own as the command line does, and says where they are.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with `cli.js` and `trainer.js`. */
export function bundledPrograms(): string {
  const bundler = fileURLToPath(new URL('bundle.mjs', import.meta.url));
  const cwd = path.dirname(bundler);
  const folder = execFileSync(process.execPath, [bundler], { cwd, encoding: 'utf8' });
  return path.resolve(cwd, folder.trim());
}
