// Shows the progress of staging to a person: a bar that redraws itself in a terminal, a line per step
// elsewhere. Writes only to the stream it is given (stderr; stdout belongs to results).
import type { OnProgress, StagingProgress } from './runtime.ts';

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const BAR_WIDTH = 24;

/** `download [#########               ]  38 %  Fetching tensorflow-cpu==2.21.0`, cut to the width. */
export function formatProgress({ step, message, fraction }: StagingProgress, width = 80): string {
  const bar = fraction === undefined ? '' : `${drawBar(fraction)}  `;
  const line = `${step.padEnd(8)} ${bar}${message}`;
  return line.length < width ? line : `${line.slice(0, Math.max(0, width - 2))}…`;
}

function drawBar(fraction: number): string {
  const part = Math.min(1, Math.max(0, fraction));
  const filled = '#'.repeat(Math.round(part * BAR_WIDTH)).padEnd(BAR_WIDTH);
  return `[${filled}] ${String(Math.floor(part * 100)).padStart(3)} %`;
}

/** Call `finish` before anything else is printed, so that it begins on a line of its own. */
export function showProgress(output: Output = process.stderr): {
  readonly onProgress: OnProgress;
  readonly finish: () => void;
} {
  let drawn = false;
  let shown = '';
  return {
    onProgress: (progress) => {
      if (output.isTTY === true) {
        drawn = true;
        output.write(`\r\u001b[2K${formatProgress(progress, output.columns)}`);
        return;
      }
      const line = `${progress.step.padEnd(8)} ${progress.message}`;
      if (line !== shown) output.write(`${line}\n`);
      shown = line;
    },
    finish: () => {
      if (drawn) output.write('\n');
      drawn = false;
    },
  };
}
