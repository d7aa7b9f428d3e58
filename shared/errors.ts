// The one error type that may reach a user: a stable code, a sentence that says what was wrong,
// where, and what to do, and machine-readable details. Anything else that is thrown is a defect.

/** Why it failed, from the user's side: their input (CLI exit 2) or anything else (exit 1). */
export type Fault = 'input' | 'failure';

export interface AppErrorOptions {
  /** Machine-readable facts: given and expected values, file names, counts. JSON-safe. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Where in the input the problem is, e.g. `stages.1.width` or a file path. */
  readonly path?: string;
  readonly cause?: unknown;
}

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: string;
  readonly fault: Fault;
  readonly details: Readonly<Record<string, unknown>>;
  readonly path: string | undefined;

  constructor(fault: Fault, code: string, sentence: string, options: AppErrorOptions = {}) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.fault = fault;
    this.code = code;
    this.details = options.details ?? {};
    this.path = options.path;
  }
}

/** The user's input is wrong. `code` is kebab-case, e.g. `no-images`. */
export function inputError(code: string, sentence: string, options?: AppErrorOptions): AppError {
  return new AppError('input', code, sentence, options);
}

/** The input was fine but the work could not be done (disk full, trainer died, no network). */
export function failure(code: string, sentence: string, options?: AppErrorOptions): AppError {
  return new AppError('failure', code, sentence, options);
}

/** What an unknown thrown value says, for use inside another sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True for Node's system errors with the given code (`ENOENT`, `ENOSPC`, …). */
export function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

export interface ErrorDocument {
  readonly code: string;
  readonly message: string;
  readonly fault: Fault;
  readonly details: Readonly<Record<string, unknown>>;
  readonly path?: string | undefined;
}

/** Sentences quote what was given, and that may be of any length. */
const LONGEST_SENTENCE = 2000;

function shortened(sentence: string): string {
  if (sentence.length <= LONGEST_SENTENCE) return sentence;
  const half = LONGEST_SENTENCE / 2;
  return `${sentence.slice(0, half)} … ${sentence.slice(-half)}`;
}

/** The form in which an error crosses a wire or is printed, with or without `--json`. */
export function toErrorDocument(error: unknown): ErrorDocument {
  if (error instanceof AppError) {
    const { code, fault, details, path } = error;
    const message = shortened(error.message);
    return path === undefined
      ? { code, message, fault, details }
      : { code, message, fault, details, path };
  }
  return { code: 'internal', message: messageOf(error), fault: 'failure', details: {} };
}

/** Rebuilds an error that crossed a wire. */
export function fromErrorDocument(document: ErrorDocument): AppError {
  const { code, message, fault, details, path } = document;
  return new AppError(fault, code, message, path === undefined ? { details } : { details, path });
}
