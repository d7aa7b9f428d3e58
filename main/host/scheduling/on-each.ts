// One action on several runs or jobs: what can be done is done, and each that refuses is named with the
// reason.
import {
  AppError,
  fromErrorDocument,
  toErrorDocument,
  type ErrorDocument,
} from '../../../shared/errors.ts';

export interface Refusal {
  readonly id: string;
  readonly name: string;
  readonly error: ErrorDocument;
}

/** @throws what is no answer to a user, such as a defect */
export function onEach(
  ids: readonly string[],
  nameOf: (id: string) => string,
  work: (id: string) => void,
): Refusal[] {
  return [...new Set(ids)].flatMap((id): Refusal[] => {
    try {
      work(id);
      return [];
    } catch (error) {
      return [refusal(id, nameOf, error)];
    }
  });
}

/** The same for work that takes its time, one after the other. */
export async function onEachInTurn(
  ids: readonly string[],
  nameOf: (id: string) => string,
  work: (id: string) => Promise<void>,
): Promise<Refusal[]> {
  const refused: Refusal[] = [];
  for (const id of new Set(ids)) {
    try {
      await work(id);
    } catch (error) {
      refused.push(refusal(id, nameOf, error));
    }
  }
  return refused;
}

function refusal(id: string, nameOf: (id: string) => string, error: unknown): Refusal {
  if (!(error instanceof AppError)) throw error;
  return { id, name: nameOf(id), error: toErrorDocument(error) };
}

/** @throws the reason, where a single one was asked and refused */
export function throwIfSingle(asked: number, refused: readonly Refusal[]): void {
  const [first] = refused;
  if (asked === 1 && first !== undefined) throw fromErrorDocument(first.error);
}
