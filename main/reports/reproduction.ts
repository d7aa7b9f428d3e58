// How to do it again: the spec files and the exact commands. Pure.
import type { ReportPiece } from '../../shared/contract/app/reports.ts';
import type { RunGroup } from '../../shared/compare/groups.ts';
import type { ReportData } from './report-data.ts';

export interface SpecFile {
  readonly name: string;
  readonly text: string;
}

/** `NAME.architecture.json` and `NAME.recipe.json` of each group; what `train` reads. */
export function specFiles(groups: readonly RunGroup[]): SpecFile[] {
  return groups.flatMap((group, i) => {
    const spec = group.members[0]?.run.spec;
    if (!spec) return [];
    const name = fileName(group, i);
    return [
      { name: `${name}.architecture.json`, text: json(spec.architecture) },
      { name: `${name}.recipe.json`, text: json(spec.recipe) },
    ];
  });
}

export function commands(groups: readonly RunGroup[]): string {
  return groups
    .flatMap((group, i) => {
      const spec = group.members[0]?.run.spec;
      if (!spec) return [];
      const name = fileName(group, i);
      const { source, imageSize, valFraction, splitSeed } = spec.data;
      const words = [
        ...['resnet-lab', 'train', '--data', source],
        ...['--arch', `specs/${name}.architecture.json`],
        ...['--recipe', `specs/${name}.recipe.json`],
        ...['--seed', [...new Set(group.members.map(({ run }) => run.run.seed))].join(',')],
        ...['--set', `data.valFraction=${valFraction}`, '--set', `data.splitSeed=${splitSeed}`],
        ...(imageSize === undefined ? [] : ['--set', `data.imageSize=${imageSize}`]),
        ...(spec.weights === undefined ? [] : ['--weights', spec.weights]),
        ...['--name', group.label],
        ...(spec.group === undefined ? [] : ['--group', spec.group]),
      ];
      return [words.map(quoted).join(' ')];
    })
    .join('\n');
}

export function reproduction({ runs }: ReportData, groups: readonly RunGroup[]): ReportPiece[] {
  const versions = [...new Set(runs.map(({ run }) => run.codeVersion))].join(', ');
  return [
    {
      kind: 'paragraph',
      isWarning: false,
      text: `With program version ${versions} and data of the fingerprints above. Save the specs under specs/, or take them from the bundle.`,
    },
    { kind: 'code', name: 'commands.sh', text: commands(groups) },
    ...specFiles(groups).map(({ name, text }): ReportPiece => ({ kind: 'code', name, text })),
  ];
}

/** Safe as a file on every system. */
export function fileName({ label }: Pick<RunGroup, 'label'>, index: number): string {
  const safe = label
    .normalize('NFKD')
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60)
    .toLowerCase();
  return `${index + 1}-${safe === '' ? 'variant' : safe}`;
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function json(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
