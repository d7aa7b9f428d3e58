// What was thrown where nobody caught it. A host outlives that: its trainings are processes of their own, and
// ending it would cost them what came after their checkpoint. The defect is written down and told; only a host
// that throws again and again is given up, in good order.
import fs from 'node:fs';

export interface Defect {
  /** For the user. */
  readonly sentence: string;
  /** So many in a short time that going on makes no sense. */
  readonly isHopeless: boolean;
}

export interface DefectOptions {
  /** Gets one entry with time and stack for each; a large one begins anew. */
  readonly logFile: string;
  readonly onDefect: (defect: Defect) => void;
  /** Who throws; this process. */
  readonly source?: DefectSource;
}

/** The part of `process` that tells; unhandled rejections come the same way. */
export interface DefectSource {
  on(event: 'uncaughtException', listener: (error: unknown) => void): unknown;
  off(event: 'uncaughtException', listener: (error: unknown) => void): unknown;
}

const LARGEST_LOG_BYTES = 1024 * 1024;
const HOPELESS_COUNT = 20;
const HOPELESS_MS = 60_000;

/** Returns what ends the watch. */
export function watchDefects(options: DefectOptions): () => void {
  const { logFile, onDefect, source = process } = options;
  let recentMs: number[] = [];
  const onError = (error: unknown): void => {
    const now = performance.now();
    recentMs = [...recentMs.filter((time) => now - time < HOPELESS_MS), now];
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const where = write(logFile, words) ? ` Details are in ${logFile}.` : ` ${words}`;
    onDefect({
      sentence: `Something in the app went wrong that should not; what is being trained goes on.${where} Please report this.`,
      isHopeless: recentMs.length >= HOPELESS_COUNT,
    });
  };
  source.on('uncaughtException', onError);
  return () => source.off('uncaughtException', onError);
}

/** False where nothing can be written, on a full disk. */
function write(file: string, words: string): boolean {
  const entry = `${new Date().toISOString()} ${words}\n\n`;
  try {
    const sizeBytes = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (sizeBytes > LARGEST_LOG_BYTES) fs.writeFileSync(file, entry);
    else fs.appendFileSync(file, entry);
    return true;
  } catch {
    return false;
  }
}
