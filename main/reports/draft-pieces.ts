// Paragraphs and warnings as pieces of a report, before tables and figures are numbered. Pure.
import type { ReportPiece } from '../../shared/contract/app/reports.ts';

/** `Omit` on a union would lose what tells its members apart. */
type WithoutNumber<P> = P extends unknown ? Omit<P, 'number'> : never;
/** Before its place among the tables and figures of the report is known. */
export type DraftPiece = WithoutNumber<ReportPiece>;

export function paragraph(text: string): DraftPiece {
  return { kind: 'paragraph', text, isWarning: false };
}

export function warning(text: string): DraftPiece {
  return { kind: 'paragraph', text, isWarning: true };
}

export function noPoints(title: string): DraftPiece {
  return paragraph(`${title}: these runs have no such points.`);
}

export function sentences(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part !== false && part !== undefined && part !== '').join(' ');
}
