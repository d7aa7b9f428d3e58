// How a forked process ended, once everything that it said has been heard.
import type { ChildProcess } from 'node:child_process';

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Resolves after the process's last message and last output, which somebody must read. Its event `close`
 * would tell the same, but never comes once this side has closed the channel.
 * @throws what kept it from being started
 */
export async function childEnd(child: ChildProcess): Promise<ChildEnd> {
  const output = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const rest = [
    new Promise((resolve) => child.on('disconnect', resolve)),
    ...output.map((stream) => new Promise((resolve) => stream.on('close', resolve))),
  ];
  const end = await new Promise<ChildEnd>((resolve, reject) => {
    child.on('exit', (code, signal) => resolve({ code, signal }));
    child.on('error', (error) => {
      // Else it is a failed send: the end of the process follows.
      if (child.pid === undefined) reject(error);
    });
  });
  await Promise.all(rest);
  return end;
}
