// Sentences as pieces of a report. Pure.
import type { ReportPiece } from '../../shared/contract/app/reports.ts';

export function paragraph(text: string): ReportPiece {
  return { kind: 'paragraph', text, isWarning: false };
}

export function warning(text: string): ReportPiece {
  return { kind: 'paragraph', text, isWarning: true };
}

export function nothing(title: string): ReportPiece {
  return paragraph(`${title}: these runs have no such points.`);
}

export function sentences(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part !== false && part !== undefined && part !== '').join(' ');
}
