// Sees one trainer process through one job: sends it, checks every message, and turns however the
// process ends into an answer or a sentence. Knows no runs and no store.
import fs from 'node:fs';
import { z } from 'zod';
import { failure, fromErrorDocument, messageOf } from '../../shared/errors.ts';
import {
  FromTrainer,
  ToTrainer,
  TRAINER_PROTOCOL,
  type Job,
  type RuntimePlace,
} from '../../shared/contract/trainer.ts';
import { formatDuration } from '../../shared/format.ts';
import { watchTrainer, type Silence, type SilenceLimits } from './trainer-watch.ts';
import { createLastWords } from './last-words.ts';
import { explainNativeCrash } from './native-crash.ts';
import type {
  Environment,
  TrainerExit,
  TrainerHandle,
  TrainerLauncher,
} from './trainer-launcher.ts';

export type TrainerMessage = Exclude<FromTrainer, { kind: 'alive' | 'done' | 'failed' }>;
export type JobResult = Extract<FromTrainer, { kind: 'done' }>;

export interface SuperviseOptions {
  readonly launcher: TrainerLauncher;
  readonly runtime: RuntimePlace;
  readonly environment: Environment;
  readonly job: Job;
  /** Everything the trainer prints is appended here. */
  readonly logFile?: string;
  /** The process has been asked for; its id may come a moment later. */
  readonly onLaunch?: ((trainer: Pick<TrainerHandle, 'pid'>) => void) | undefined;
  /** Called in order. If it throws, the trainer is ended and the job fails with that. */
  readonly onMessage: (message: TrainerMessage, reply: (message: ToTrainer) => void) => void;
  /** Asks the trainer to checkpoint and end. */
  readonly stop?: AbortSignal | undefined;
  /** Ends the trainer at once. */
  readonly abandon?: AbortSignal | undefined;
  /** How long it may say nothing; not watched without it. */
  readonly silence?: SilenceLimits | undefined;
  /** How long a trainer that said `done` or `failed`, or was asked to end, may take to go. */
  readonly graceMs?: number;
}

const defaultGraceMs = 5_000;

/**
 * Resolves with `done`.
 * @throws what the trainer reported as `failed`; `trainer-died`, `trainer-hung`, `trainer-abandoned`,
 * `trainer-message`; or what `onMessage` threw
 */
export async function superviseTrainer(options: SuperviseOptions): Promise<JobResult> {
  const { launcher, environment, job, runtime, graceMs = defaultGraceMs } = options;
  const log = openLog(options.logFile);
  const lastWords = createLastWords();
  const trainer = launcher.launch(environment);
  options.onLaunch?.(trainer);
  let result: JobResult | undefined;
  let problem: Error | undefined;
  let lastKill: NodeJS.Timeout | undefined;

  const end = (signal: 'SIGTERM' | 'SIGKILL'): void => {
    trainer.kill(signal);
    lastKill ??= setTimeout(() => {
      trainer.kill('SIGKILL');
    }, graceMs);
  };
  const fail = (error: Error): void => {
    if (problem !== undefined) return;
    problem = error;
    end('SIGTERM');
  };
  const send = (message: ToTrainer): void => trainer.send(ToTrainer.parse(message));
  const onStop = (): void => send({ kind: 'stop' });
  const onAbandon = (): void => fail(abandoned());

  const watch = options.silence && watchTrainer(options.silence, (silence) => fail(hung(silence)));

  trainer.onOutput((text) => {
    lastWords.add(text);
    log?.write(text);
  });
  trainer.onMessage((raw) => {
    if (problem !== undefined) return;
    const parsed = FromTrainer.safeParse(raw);
    if (!parsed.success) {
      fail(unreadable(raw, parsed.error));
      return;
    }
    const message = parsed.data;
    watch?.heard(message.kind === 'points' || message.kind === 'progress');
    if (message.kind === 'alive') return;
    if (message.kind === 'done') {
      result = message;
      lastKill ??= killLater(trainer, graceMs);
    } else if (message.kind === 'failed') {
      const { path, ...error } = message.error;
      problem = fromErrorDocument(path === undefined ? error : { ...error, path });
      lastKill ??= killLater(trainer, graceMs);
    } else {
      try {
        options.onMessage(message, send);
      } catch (error) {
        fail(error instanceof Error ? error : new Error(messageOf(error)));
      }
    }
  });
  options.stop?.addEventListener('abort', onStop);
  options.abandon?.addEventListener('abort', onAbandon);
  try {
    send({ kind: 'start', protocol: TRAINER_PROTOCOL, runtime, job });
    if (options.stop?.aborted === true) onStop();
    if (options.abandon?.aborted === true) onAbandon();
    const exit = await trainer.ended;
    if (problem !== undefined) throw problem;
    if (result !== undefined) return result;
    throw died(exit, lastWords.lines());
  } finally {
    clearTimeout(lastKill);
    watch?.close();
    options.stop?.removeEventListener('abort', onStop);
    options.abandon?.removeEventListener('abort', onAbandon);
    log?.close();
  }
}

/** It has said its last word; TensorFlow's own threads must not keep it. */
function killLater(trainer: TrainerHandle, graceMs: number): NodeJS.Timeout {
  return setTimeout(() => {
    trainer.kill('SIGKILL');
  }, graceMs);
}

function openLog(file: string | undefined) {
  if (file === undefined) return undefined;
  const descriptor = fs.openSync(file, 'a');
  return {
    write: (text: string) => {
      try {
        fs.writeSync(descriptor, text);
      } catch {
        // A full disk must not end a training over its log; the store reports it where it matters.
      }
    },
    close: () => {
      fs.closeSync(descriptor);
    },
  };
}

function abandoned(): Error {
  return failure(
    'trainer-abandoned',
    'The trainer was ended at once, as asked; what it did since its last checkpoint is lost.',
  );
}

function hung({ silentMs, longestMs }: Silence): Error {
  const before =
    longestMs === undefined
      ? 'it had not ended its first step'
      : `the longest pause before was ${formatDuration(longestMs)}`;
  return failure(
    'trainer-hung',
    `The trainer gave no sign of life for ${formatDuration(silentMs)} (${before}), so it was ended. A call of TensorFlow did not return, or the process was halted from outside. Resume the run: it goes on from its last checkpoint. If it hangs again, try another batch size; \`resnet-lab doctor\` names known faults.`,
    { details: { silentMs: Math.round(silentMs), longestMs: longestMs ?? null } },
  );
}

function unreadable(raw: unknown, error: z.ZodError): Error {
  const kind: unknown = typeof raw === 'object' && raw !== null && 'kind' in raw ? raw.kind : raw;
  return failure(
    'trainer-message',
    `The trainer sent something that this program does not understand (${String(kind)}). ` +
      'Please report this.',
    { details: { problem: z.prettifyError(error) } },
  );
}

function died({ code, signal }: TrainerExit, words: readonly string[]): Error {
  const details = { code, signal, lastWords: words };
  const said = lastSentence(words);
  if (signal === 'SIGKILL') {
    const heard = said === undefined ? '' : ` Its last words: ${said}`;
    return failure(
      'trainer-died',
      'The trainer was killed from outside, most often because the machine ran out of memory. ' +
        `Try a smaller batch, or close other programs, and resume the run.${heard}`,
      { details },
    );
  }
  const crash = explainNativeCrash(signal, words);
  if (crash !== undefined) {
    const heard = said === undefined ? '' : ` Its last words: ${said}`;
    return failure('trainer-died', `${crash}${heard}`, { details });
  }
  const how = signal === null ? `with exit code ${code ?? 0}` : `by ${signal}`;
  const heard = said === undefined ? 'It said nothing.' : `Its last words: ${said}`;
  return failure('trainer-died', `The trainer ended unexpectedly ${how}. ${heard}`, { details });
}

/** The line that says most: an error if there is one, not the stack below it. */
function lastSentence(words: readonly string[]): string | undefined {
  const isError = (line: string): boolean => /error|fatal|abort|terminate|check failed/i.test(line);
  const isStack = (line: string): boolean => /^\s+at |^Node\.js v|^\s*[{}\]]/.test(line);
  const plain = words.filter((line) => !isStack(line));
  return plain.findLast(isError) ?? plain.at(-1);
}
