// How to do it again: the spec files and the exact commands. Pure.
import { seedsOf, type RunGroup } from '../../shared/compare/groups.ts';
import { leafValuesOf } from '../../shared/compare/spec-difference.ts';
import type { ReportData } from './report-data.ts';
import type { DraftPiece } from './draft-pieces.ts';

export interface SpecFile {
  readonly name: string;
  readonly text: string;
}

interface GroupFiles {
  readonly architecture: SpecFile;
  readonly recipe: SpecFile;
}

/** What `train` reads. A recipe that all variants share is one file. */
function filesOf(groups: readonly RunGroup[]): ReadonlyMap<RunGroup, GroupFiles> {
  const specs = groups.flatMap((group, i) => {
    const spec = group.members[0]?.run.spec;
    return spec ? [{ group, spec, name: fileName(group, i) }] : [];
  });
  const recipes = new Set(specs.map(({ spec }) => json(spec.recipe)));
  return new Map(
    specs.map(({ group, spec, name }) => [
      group,
      {
        architecture: { name: `${name}.architecture.json`, text: json(spec.architecture) },
        recipe: {
          name: recipes.size === 1 ? 'recipe.json' : `${name}.recipe.json`,
          text: json(spec.recipe),
        },
      },
    ]),
  );
}

/** Architectures and recipes; equal recipes once. */
export function specFiles(groups: readonly RunGroup[]): SpecFile[] {
  const files = [...filesOf(groups).values()].flatMap((one) => [one.architecture, one.recipe]);
  return [...new Map(files.map((file) => [file.name, file])).values()];
}

/** A command a variant, an option a line. */
export function commands(groups: readonly RunGroup[]): string {
  return [...filesOf(groups)]
    .flatMap(([group, files]) => {
      const spec = group.members[0]?.run.spec;
      if (!spec) return [];
      const { source, ...data } = spec.data;
      const options: (readonly string[])[] = [
        ['--data', source],
        ['--arch', `specs/${files.architecture.name}`],
        ['--recipe', `specs/${files.recipe.name}`],
        ['--seed', seedsOf(group).join(',')],
        ...[...leafValuesOf(data)].map(([path, value]) => [
          '--set',
          `data.${path}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
        ]),
        ...(spec.weights === undefined ? [] : [['--weights', spec.weights]]),
        ...(spec.newHead === true ? [['--new-head']] : []),
        ...(spec.devices === undefined ? [] : [['--devices', spec.devices.join(',')]]),
        ['--name', group.label],
        ...(spec.group === undefined ? [] : [['--group', spec.group]]),
      ];
      const lines = options.map((words) => words.map(quoted).join(' '));
      return [['resnet-lab train', ...lines].join(' \\\n  ')];
    })
    .join('\n');
}

export function reproduction({ runs }: ReportData, groups: readonly RunGroup[]): DraftPiece[] {
  const versions = [...new Set(runs.map(({ run }) => run.codeVersion))].join(', ');
  return [
    {
      kind: 'paragraph',
      isWarning: false,
      text: `With program version ${versions} and data of the fingerprints above. Save the specs under specs/, or take them from the bundle.`,
    },
    { kind: 'code', name: 'commands.sh', text: commands(groups) },
    ...specFiles(groups).map(({ name, text }): DraftPiece => ({ kind: 'code', name, text })),
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

const LINE_LETTERS = 96;

/** Objects and lists that fit on a line stand on one. */
function json(document: unknown): string {
  return `${written(document, '')}\n`;
}

function written(value: unknown, indent: string): string {
  const flat = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
  if (typeof value !== 'object' || value === null || indent.length + flat.length <= LINE_LETTERS) {
    return flat;
  }
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const lines = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .map(
      ([key, one]) => `${inner}${isList ? '' : `${JSON.stringify(key)}: `}${written(one, inner)}`,
    );
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}
