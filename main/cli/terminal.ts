// What a command writes: one result on stdout; progress and notes on stderr. On a terminal the
// progress is one line that is rewritten; elsewhere a line every few seconds.

import { visibleText } from './visible-text.ts';

export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface TerminalOptions {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly json: boolean;
  /** Milliseconds of a clock that never jumps. */
  readonly now?: () => number;
}

export interface Terminal {
  readonly json: boolean;
  /** The command's one result: the document with `--json`, else the text. */
  result(document: unknown, text: () => string): void;
  /** A line on stderr that stays. */
  note(line: string): void;
  /** What is going on right now; several lines are redrawn together. */
  status(...lines: readonly string[]): void;
  /** Takes the status away, before the result. */
  clearStatus(): void;
}

const rewriteIntervalMs = 100;
const plainIntervalMs = 5_000;

export function createTerminal(options: TerminalOptions): Terminal {
  const { stdout, stderr, json, now = () => performance.now() } = options;
  const isLive = stderr.isTTY === true;
  let shown: readonly string[] = [];
  let shownAtMs = -Infinity;
  let hasNotes = false;

  const erase = (): void => {
    if (shown.length === 0) return;
    // To the first line of the status, then clear to the end of the screen.
    const up = shown.length > 1 ? `\x1b[${shown.length - 1}A` : '';
    stderr.write(`\r${up}\x1b[J`);
  };
  const draw = (lines: readonly string[]): void => {
    const width = (stderr.columns ?? 80) - 1;
    stderr.write(
      lines.map((line) => Array.from(visibleText(line)).slice(0, width).join('')).join('\n'),
    );
    shown = lines;
  };
  const clearStatus = (): void => {
    if (isLive) erase();
    shown = [];
  };

  return {
    json,
    result: (document, text) => {
      clearStatus();
      // Usually both end up on one screen, and the result should stand out.
      if (hasNotes && !json) stderr.write('\n');
      stdout.write(
        json ? `${JSON.stringify(document, null, 2)}\n` : withNewline(visibleText(text())),
      );
    },
    note: (line) => {
      hasNotes = true;
      const before = shown;
      if (isLive) erase();
      shown = [];
      stderr.write(`${visibleText(line)}\n`);
      if (isLive && before.length > 0) draw(before);
    },
    status: (...lines) => {
      const nowMs = now();
      const intervalMs = isLive ? rewriteIntervalMs : plainIntervalMs;
      if (nowMs - shownAtMs < intervalMs) return;
      shownAtMs = nowMs;
      if (isLive) {
        erase();
        draw(lines);
      } else {
        for (const line of lines) stderr.write(`${visibleText(line)}\n`);
      }
    },
    clearStatus,
  };
}

function withNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
