// Keeps the last lines that a process printed, for the sentence about how it ended. What says nothing is
// left out, so that it pushes nothing out: TensorFlow's greeting, and the stacks that Node prints when it
// aborts.
import { isLoadNote } from '../runtime/load-environment.ts';

export interface LastWords {
  add(text: string): void;
  /** The last lines, oldest first, without empty ones. */
  lines(): readonly string[];
}

const maxLineLength = 500;
const nativeStack = /^-+ \w+ stack trace|^\s*\d+: /;

export function createLastWords(limit = 12): LastWords {
  let kept: string[] = [];
  let unfinished = '';
  const clean = (line: string): string => line.trimEnd().slice(0, maxLineLength);
  return {
    add: (text) => {
      const pieces = (unfinished + text).split('\n');
      // A program that never ends its line must not fill the memory.
      unfinished = (pieces.pop() ?? '').slice(-maxLineLength);
      kept = [...kept, ...pieces.map(clean).filter(saysSomething)].slice(-limit);
    },
    lines: () => (unfinished.trim() === '' ? kept : [...kept, clean(unfinished)].slice(-limit)),
  };
}

function saysSomething(line: string): boolean {
  return line !== '' && !nativeStack.test(line) && !isLoadNote(line);
}
