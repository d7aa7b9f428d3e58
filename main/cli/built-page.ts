// Makes sure that there is a page to show. In a checkout it is built when its sources have changed; an
// installed app has it. The build runs in a process of its own: it needs what the app must not depend on.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { failure } from '../../shared/errors.ts';
import { projectFolder } from '../host/program-files.ts';
import type { Terminal } from './terminal.ts';

/** @throws failure `page-not-built`, `cancelled` */
export async function ensurePage(
  terminal: Pick<Terminal, 'note'>,
  { stop, project = projectFolder() }: { stop: AbortSignal; project?: string },
): Promise<void> {
  const builder = path.join(project, 'main', 'build', 'page.mjs');
  if (!fs.existsSync(builder)) return;
  const child = spawn(process.execPath, [builder], { stdio: ['ignore', 'pipe', 'pipe'] });
  const end = (): void => void child.kill();
  stop.addEventListener('abort', end, { once: true });
  let lastLine = '';
  for (const output of [child.stdout, child.stderr]) {
    readline.createInterface({ input: output }).on('line', (line) => {
      lastLine = line;
      terminal.note(line);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  }).finally(() => stop.removeEventListener('abort', end));
  if (stop.aborted) throw failure('cancelled', 'Stopped before the page was built.');
  if (code === 0) return;
  throw failure(
    'page-not-built',
    `The page could not be built: ${lastLine || `the builder ended with code ${code}`}`,
    { path: builder },
  );
}
