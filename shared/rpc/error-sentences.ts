// Turns what goes wrong around a call into errors that cross: which request, where in it, what was
// wanted. Handlers' own AppErrors cross as they are.
import type { z } from 'zod';
import {
  AppError,
  failure,
  inputError,
  messageOf,
  toErrorDocument,
  type ErrorDocument,
} from '../errors.ts';
import { closestNames } from '../spec/closest.ts';
import { describeIssue } from '../spec/issue-sentence.ts';

export function badRequest(name: string, error: z.ZodError, value: unknown): AppError {
  const { path, sentence } = describeIssue(error, {
    value,
    document: `The request ${name}`,
    fields: [],
  });
  return inputError(
    'bad-request',
    path === '' ? sentence : `The request ${name} is not valid: ${sentence}`,
    path === '' ? {} : { path },
  );
}

/** For a log and for whoever waits: one end made something that its contract does not allow. */
export function mistake(what: string, error: z.ZodError, value: unknown): string {
  const { sentence } = describeIssue(error, { value, document: 'it', fields: [] });
  return `${what} does not fit the contract: ${sentence}`;
}

export function unknownCall(name: string, known: readonly string[]): AppError {
  const close = closestNames(name, known)[0];
  const hint = close === undefined ? 'Reload the page.' : `Did you mean "${close}"?`;
  return inputError('unknown-call', `There is no call "${name.slice(0, 80)}". ${hint}`);
}

/** What the other end hears of a defect; the log has the rest. */
export function internal(error: unknown): AppError {
  return failure('internal', messageOf(error), { cause: error });
}

/** The error's document, without its details if those cannot cross. */
export function crossing(error: AppError): ErrorDocument {
  const document = toErrorDocument(error);
  try {
    return {
      ...document,
      details: JSON.parse(JSON.stringify(document.details)) as typeof document.details,
    };
  } catch {
    // A cycle or a bigint in the details. The sentence is what matters.
    return { ...document, details: {} };
  }
}

export function lost(): AppError {
  return failure(
    'connection-lost',
    'The connection to the program was lost. If something was being changed, look whether it was done.',
  );
}

export function cancelled(): AppError {
  return failure('cancelled', 'It was cancelled.');
}

export function asAppError(error: unknown): AppError {
  return error instanceof AppError ? error : internal(error);
}

/** Says that the other end is gone, or not one of ours; what it was asked has no answer. */
export function isOfConnection(error: unknown): error is AppError {
  return error instanceof AppError && (isGone(error) || connectionCodes.has(error.code));
}

export function isGone({ code }: AppError): boolean {
  return code === 'connection-lost' || code === 'connection-closed';
}

const connectionCodes = new Set(['bad-frame', 'bad-event', 'bad-reply', 'version-mismatch']);
