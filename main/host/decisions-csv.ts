// Reads decisions about images from the table that `decisionsCsv` writes. Pure.
import { parse } from 'csv-parse/sync';
import { CHOICE_KINDS, DECISION_COLUMNS } from '../../shared/contract/app/decisions.ts';
import { inputError, messageOf } from '../../shared/errors.ts';
import type { NewDecisions } from '../store/decisions.ts';

/**
 * Decisions of a table as `decisionsCsv` writes it: `file` and `decision` are needed, `class` for `relabel`.
 * @throws inputError `bad-decisions`, with the line
 */
export function parseDecisionsCsv(text: string): NewDecisions[] {
  const rows = rowsIn(text);
  const [titles = []] = rows;
  const columns = Object.fromEntries(DECISION_COLUMNS.map((name) => [name, titles.indexOf(name)]));
  const missing = ['file', 'decision'].filter((name) => (columns[name] ?? -1) < 0);
  if (missing.length > 0) {
    throw badDecisions(
      1,
      `it has no column ${missing.join(' and ')}; it needs ${DECISION_COLUMNS.join(', ')}`,
    );
  }
  return rows.slice(1).map((row, i) => {
    const line = i + 2;
    // csvCell tells a spreadsheet that such a text is no formula.
    const cell = (name: string): string =>
      (row[columns[name] ?? -1] ?? '').replace(/^'(?=[=+\-@])/, '');
    const kind = CHOICE_KINDS.find((name) => name === cell('decision'));
    if (kind === undefined) {
      throw badDecisions(
        line,
        `"${cell('decision')}" is no decision; it must be ${CHOICE_KINDS.join(', ')}`,
      );
    }
    if (cell('file') === '') throw badDecisions(line, 'it names no file');
    if (kind === 'relabel' && cell('class') === '')
      throw badDecisions(line, 'relabel needs a class');
    return {
      ...{ files: [cell('file')], kind, reason: cell('reason') || 'imported' },
      value: kind === 'relabel' ? cell('class') : undefined,
    };
  });
}

function rowsIn(text: string): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true, relax_column_count: true });
  } catch (error) {
    throw inputError('bad-decisions', `The decisions are no CSV: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function badDecisions(line: number, why: string): Error {
  return inputError('bad-decisions', `Line ${line} of the decisions: ${why}.`, {
    path: `line ${line}`,
  });
}
