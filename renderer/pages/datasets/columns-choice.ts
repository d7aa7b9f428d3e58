// What is asked when it is not clear which column of a list of labels holds the classes. Pure.
import { AmbiguousColumns, COLUMN_QUESTIONS } from '../../../shared/contract/app/datasets.ts';
import { AppError } from '../../../shared/errors.ts';

const CODES: ReadonlySet<string> = new Set(COLUMN_QUESTIONS);

/** The table that an error shows; undefined for any other error. */
export function ambiguousColumnsOf(error: unknown): AmbiguousColumns | undefined {
  if (!(error instanceof AppError) || !CODES.has(error.code)) return undefined;
  const parsed = AmbiguousColumns.safeParse(error.details);
  return parsed.success ? parsed.data : undefined;
}

export interface ColumnsChoice {
  readonly image: string;
  readonly label: string;
  /** '' for none. */
  readonly split: string;
}

/** Names as the host takes them; a name with a comma or an equals sign cannot be written so. */
export function columnsText(file: string, { image, label, split }: ColumnsChoice): string {
  const parts = [`file=${file}`, `image=${image}`, `label=${label}`];
  return [...parts, ...(split === '' ? [] : [`split=${split}`])].join(',');
}
