// Decides about single images of a source after a look whether it has them: what commands do in one step.
import { readFile } from 'node:fs/promises';
import { NO_DECISIONS, type DataSpec } from '../../shared/spec/run.ts';
import { tableText } from '../data/table-text.ts';
import { requireUserFile } from '../data/user-file.ts';
import type { NewDecisions } from '../store/decisions.ts';
import type { Library } from '../store/library.ts';
import { currentData, withDataset, type LookOptions } from './dataset-outline.ts';
import { parseDecisionsCsv } from './decisions-csv.ts';
import {
  filesOfFinding,
  keptFiles,
  requireDecidable,
  requireImages,
  type FindingName,
} from './decisions.ts';
import { userPath } from './user-path.ts';

type Look = Pick<LookOptions, 'onEvent' | 'signal'>;

/** Adds all as one decision. @throws inputError `no-such-image`, `no-such-class` */
export async function decideOn(
  library: Library,
  given: { readonly data: DataSpec; readonly decisions: readonly NewDecisions[] },
  look: Look = {},
): Promise<void> {
  const { data, decisions } = given;
  if (decisions.length === 0) return;
  await withDataset(everythingOf(library, data), lookOptions(library, look), (dataset) => {
    requireDecidable(dataset, decisions);
    return Promise.resolve();
  });
  library.decisions.decide(data.source, ...decisions);
}

/** Leaves named files out, and what a finding proposes; returns them. @throws inputError `no-such-image` */
export async function leaveOut(
  library: Library,
  given: {
    readonly data: DataSpec;
    readonly files: readonly string[];
    readonly finding: FindingName | undefined;
    readonly reason: string;
  },
  look: Look = {},
): Promise<readonly string[]> {
  const { data, files, finding, reason } = given;
  const kept = keptFiles(library, data.source);
  const chosen = await withDataset(
    everythingOf(library, data),
    lookOptions(library, look),
    async (dataset) => {
      requireImages(dataset, files);
      if (finding === undefined) return [...files];
      return [...files, ...(await filesOfFinding(finding, dataset, kept))];
    },
  );
  if (chosen.length > 0) {
    library.decisions.decide(data.source, { files: chosen, kind: 'leave-out', reason });
  }
  return chosen;
}

/** @throws inputError `bad-decisions`, and what is wrong with the file */
export async function readDecisionsFile(given: string): Promise<NewDecisions[]> {
  const file = userPath(given);
  await requireUserFile(file, 'table of decisions');
  return parseDecisionsCsv(tableText(await readFile(file)));
}

/** Also what is left out by now. */
function everythingOf(library: Library, data: DataSpec): DataSpec {
  return { ...currentData(library, data), decisions: NO_DECISIONS };
}

function lookOptions({ cacheFolder }: Library, look: Look): LookOptions & { lenient: true } {
  return { cacheFolder, lenient: true, ...look };
}
