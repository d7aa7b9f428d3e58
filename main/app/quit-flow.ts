// What happens between the wish to quit and the end: ask if runs would be interrupted, let them write
// their checkpoints, then really quit. Electron asks again (`before-quit`) every time somebody insists
// and once more when we quit ourselves; each step is taken once, so the flow can't loop.
import { messageOf } from '../../shared/errors.ts';

export interface QuitParts {
  /** Runs that are being trained now. */
  readonly activeRuns: () => number;
  /** Resolves with whether to interrupt them. */
  readonly confirm: (activeRuns: number) => Promise<boolean>;
  /** Writes checkpoints, ends the trainers and closes the library. */
  readonly shutDown: () => Promise<void>;
  /** It takes long; resolves with whether to go on waiting. `over` aborts when it is done after all. */
  readonly isWaitingWorthwhile: (over: AbortSignal) => Promise<boolean>;
  /** It failed; tell the user. */
  readonly report: (error: unknown) => Promise<void>;
  readonly quit: () => void;
  readonly log: (sentence: string) => void;
  /** How long a shutdown may take before the user is asked. */
  readonly patienceMs?: number;
}

export interface QuitFlow {
  /** For Electron's `before-quit`. */
  onBeforeQuit(event: { preventDefault(): void }): void;
  /** The system shuts down or logs out: checkpoints, without asking anybody, then quits. */
  onSystemEnd(): void;
  /** True once nothing holds the app any more: windows may close. */
  readonly isLeaving: boolean;
}

const usualPatienceMs = 30_000;

export function createQuitFlow(parts: QuitParts): QuitFlow {
  let stage: 'open' | 'asking' | 'closing' | 'leaving' = 'open';

  const leave = async (): Promise<void> => {
    const activeRuns = parts.activeRuns();
    const isWanted = activeRuns === 0 || (await parts.confirm(activeRuns));
    // While the question stood, the system may have decided.
    if (stage !== 'asking') return;
    if (!isWanted) {
      stage = 'open';
      return;
    }
    stage = 'closing';
    await shutDownOrGiveUp(parts);
    stage = 'leaving';
    parts.quit();
  };

  return {
    onBeforeQuit: (event) => {
      if (stage === 'leaving') return;
      event.preventDefault();
      if (stage !== 'open') return;
      stage = 'asking';
      void leave().catch(async (error: unknown) => {
        // Nobody could be asked, or the question failed: stay, and say so.
        stage = 'open';
        await parts.report(error);
      });
    },
    onSystemEnd: () => {
      if (stage === 'closing' || stage === 'leaving') return;
      stage = 'closing';
      void parts
        .shutDown()
        .catch((error: unknown) => parts.log(`Closing failed: ${messageOf(error)}`))
        .then(() => {
          stage = 'leaving';
          parts.quit();
        });
    },
    get isLeaving() {
      return stage === 'leaving';
    },
  };
}

/** Resolves when everything is saved, could not be, or the user no longer wants to wait. */
async function shutDownOrGiveUp(parts: QuitParts): Promise<void> {
  const { patienceMs = usualPatienceMs } = parts;
  const over = new AbortController();
  const isOver = (): boolean => over.signal.aborted;
  const done = parts
    .shutDown()
    // Runs have their last checkpoint; there is nothing left to stay for.
    .catch((error: unknown) => parts.report(error))
    .finally(() => over.abort());
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const impatience = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
    await Promise.race([done, impatience]);
    clearTimeout(timer);
    if (isOver()) return;
    const goesOn = await parts.isWaitingWorthwhile(over.signal);
    if (isOver() || !goesOn) return;
  }
}
