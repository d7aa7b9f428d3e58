// Which processes a process has started, as the system's own list says. Not on Windows.
import { execFileSync } from 'node:child_process';

export interface ListedProcess {
  readonly id: number;
  readonly command: string;
}

export function childProcesses(parent: number): readonly ListedProcess[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return text.split('\n').flatMap((line) => {
    const [, id, parentId, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (id === undefined || Number(parentId) !== parent) return [];
    return [{ id: Number(id), command: command ?? '' }];
  });
}
