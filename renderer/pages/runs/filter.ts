// The filter bar of the list of runs: words and typed tokens such as `arch:resnet20 acc>0.9 -tag:old`.
// All must hold. Pure: text in, predicate and complaints out.
import type { RunRow } from '../../../shared/contract/app/runs.ts';
import { closestNames } from '../../../shared/spec/closest.ts';
import { pathsNamed, type SpecIndex } from './spec-fields.ts';

export interface RunFilter {
  readonly matches: (run: RunRow) => boolean;
  /** What could not be understood, one sentence each; those tokens filter nothing. */
  readonly problems: readonly string[];
}

type Operator = ':' | '=' | '>' | '<' | '>=' | '<=';

interface Token {
  readonly isNegated: boolean;
  readonly field: string | undefined;
  readonly operator: Operator;
  readonly value: string;
}

type TextField = (run: RunRow) => readonly string[];
type NumberField = (run: RunRow) => number | null | undefined;

const TEXT_FIELDS: Readonly<Record<string, TextField>> = {
  name: (run) => [run.name],
  arch: (run) => [run.architecture],
  status: (run) => [run.imported ? 'imported' : run.status],
  tag: (run) => run.tags,
  data: (run) => [run.dataName],
  group: (run) => [run.group ?? ''],
  id: (run) => [run.id],
  notes: (run) => [run.notes],
  code: (run) => [run.codeVersion],
};

const NUMBER_FIELDS: Readonly<Record<string, NumberField>> = {
  acc: (run) => run.metrics['bestValAccuracy'],
  loss: (run) => run.metrics['lastTrainLoss'],
  valloss: (run) => run.metrics['lastValLoss'],
  epoch: (run) => run.epoch,
  step: (run) => run.step,
  seed: (run) => run.seed,
  params: (run) => run.metrics['parameters'],
  speed: (run) => run.metrics['imagesPerSecond'],
  minutes: (run) => run.elapsedMs / 60_000,
};

export const FILTER_FIELDS: readonly { readonly name: string; readonly example: string }[] = [
  { name: 'arch', example: 'arch:resnet20' },
  { name: 'status', example: 'status:running' },
  { name: 'tag', example: 'tag:baseline' },
  { name: 'acc', example: 'acc>0.9' },
  { name: 'loss', example: 'loss<0.5' },
  { name: 'valloss', example: 'valloss<0.5' },
  { name: 'data', example: 'data:shapes' },
  { name: 'group', example: 'group:depth' },
  { name: 'seed', example: 'seed:0' },
  { name: 'epoch', example: 'epoch>=10' },
  { name: 'step', example: 'step>1000' },
  { name: 'params', example: 'params<1M' },
  { name: 'speed', example: 'speed>500' },
  { name: 'minutes', example: 'minutes>5' },
  { name: 'name', example: 'name:wide' },
  { name: 'notes', example: 'notes:odd' },
  { name: 'code', example: 'code:0.1' },
  { name: 'id', example: 'id:7f3c' },
];

/** Whether a filter asks for settings, so that the specs of the runs have to be read. */
export function asksForSettings(text: string): boolean {
  return tokensOf(text).some(
    ({ field }) => field !== undefined && !(field in TEXT_FIELDS) && !(field in NUMBER_FIELDS),
  );
}

/** `specs`: settings by path, as far as they have been read; undefined while nobody has asked for them. */
export function parseFilter(text: string, specs?: SpecIndex): RunFilter {
  const problems: string[] = [];
  const tests = tokensOf(text).map((token) => {
    const test = testOf(token, problems, specs);
    return token.isNegated ? (run: RunRow) => !test(run) : test;
  });
  return { matches: (run) => tests.every((test) => test(run)), problems };
}

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /(-)?(?:([a-z][a-z\d.]*)(>=|<=|[:=<>]))?(?:"([^"]*)"?|(\S+))/gi;
  for (const [, minus, field, operator, quoted, bare] of text.matchAll(pattern)) {
    const value = quoted ?? bare ?? '';
    if (value === '' && field === undefined) continue;
    tokens.push({
      isNegated: minus === '-',
      field: field?.toLowerCase(),
      operator: (operator as Operator | undefined) ?? ':',
      value,
    });
  }
  return tokens;
}

function testOf(
  { field, operator, value }: Token,
  problems: string[],
  specs: SpecIndex | undefined,
): (run: RunRow) => boolean {
  if (field === undefined) return anywhere(value);
  const text = TEXT_FIELDS[field];
  if (text) return textTest(text, operator, value);
  const number = NUMBER_FIELDS[field];
  if (number) {
    const limit = parseNumber(value);
    if (limit === undefined) {
      problems.push(`"${value}" is no number to compare ${field} with.`);
      return () => true;
    }
    return numberTest(number, operator, limit);
  }
  const paths = pathsNamed(field, specs?.paths ?? []);
  const [path, other] = paths;
  if (specs && path !== undefined && other === undefined) {
    return settingTest((run) => specs.valueOf(run.id, path), operator, value);
  }
  if (other !== undefined) {
    problems.push(`"${field}" can be ${paths.join(', ')}. Type one of them.`);
    return () => true;
  }
  const names = FILTER_FIELDS.map(({ name }) => name);
  const settings = (specs?.paths ?? []).map((one) => one.split('.').at(-1) ?? one);
  const [close] = closestNames(field, [...names, ...settings]);
  const hint =
    close === undefined
      ? `There are ${names.join(', ')}, and every setting, such as batch.`
      : `Did you mean ${close}?`;
  problems.push(`No run has a "${field}". ${hint}`);
  return () => true;
}

function anywhere(word: string): (run: RunRow) => boolean {
  const wanted = word.toLowerCase();
  return (run) =>
    [run.name, run.id, run.architecture, run.dataName, run.group ?? '', ...run.tags].some((text) =>
      text.toLowerCase().includes(wanted),
    );
}

/** `:` finds a part, `=` the whole. */
function textTest(field: TextField, operator: Operator, value: string): (run: RunRow) => boolean {
  const wanted = value.toLowerCase();
  return (run) =>
    field(run).some((text) =>
      operator === '=' ? text.toLowerCase() === wanted : text.toLowerCase().includes(wanted),
    );
}

function numberTest(
  field: NumberField,
  operator: Operator,
  limit: number,
): (run: RunRow) => boolean {
  return (run) => {
    const value = field(run);
    if (value === null || value === undefined || Number.isNaN(value)) return false;
    switch (operator) {
      case ':':
      case '=':
        return value === limit;
      case '>':
        return value > limit;
      case '<':
        return value < limit;
      case '>=':
        return value >= limit;
      case '<=':
        return value <= limit;
    }
  };
}

/** A number is compared as one, all else as text; a run without the setting is not found. */
function settingTest(
  read: (run: RunRow) => number | string | undefined,
  operator: Operator,
  value: string,
): (run: RunRow) => boolean {
  const limit = parseNumber(value);
  return (run) => {
    const own = read(run);
    if (own === undefined) return false;
    if (typeof own === 'number' && limit !== undefined) {
      return numberTest(() => own, operator, limit)(run);
    }
    return textTest(() => [String(own)], operator, value)(run);
  };
}

/** `0.9`, `90%`, `1.7M`, `64k`. */
function parseNumber(text: string): number | undefined {
  const match = /^(-?\d*\.?\d+(?:e[+-]?\d+)?)([%kmg]?)$/i.exec(text);
  if (!match) return undefined;
  const scale = { '': 1, '%': 0.01, k: 1e3, m: 1e6, g: 1e9 }[(match[2] ?? '').toLowerCase()] ?? 1;
  return Number(match[1]) * scale;
}

export interface Suggestion {
  /** The whole filter with the suggestion in place. */
  readonly text: string;
  readonly label: string;
  readonly hint: string;
}

/** What could stand where the cursor is: fields, then the values that runs have. */
export function suggest(
  text: string,
  runs: readonly RunRow[],
  specs?: SpecIndex,
  most = 8,
): Suggestion[] {
  const [, before = '', typed = ''] = /^(.*?)(\S*)$/.exec(text) ?? [];
  const [, minus = '', field = '', colon = '', value = ''] =
    /^(-?)([a-z][a-z\d.]*)?(:?)(.*)$/i.exec(typed) ?? [];
  const values = TEXT_FIELDS[field.toLowerCase()];
  if (colon !== '' && values && ['arch', 'status', 'tag', 'data', 'group'].includes(field)) {
    const counts = new Map<string, number>();
    for (const run of runs) {
      for (const known of values(run))
        if (known !== '') counts.set(known, (counts.get(known) ?? 0) + 1);
    }
    return [...counts]
      .filter(([known]) => known.toLowerCase().includes(value.toLowerCase()) && known !== value)
      .sort((a, b) => b[1] - a[1])
      .slice(0, most)
      .map(([known, count]) => ({
        text: `${before}${minus}${field}:${/\s/.test(known) ? `"${known}"` : known} `,
        label: `${field}:${known}`,
        hint: `${count} ${count === 1 ? 'run' : 'runs'}`,
      }));
  }
  if (colon !== '') return [];
  const own = FILTER_FIELDS.filter(({ name }) => name.startsWith(field.toLowerCase())).map(
    ({ name, example }) => ({
      text: `${before}${minus}${name}${name in NUMBER_FIELDS ? '' : ':'}`,
      label: name,
      hint: example,
    }),
  );
  const settings = (field === '' ? [] : (specs?.paths ?? []))
    .filter((path) => path.toLowerCase().includes(field.toLowerCase()))
    .map((path) => ({
      text: `${before}${minus}${path}${specs?.isNumeric(path) === true ? '' : ':'}`,
      label: path,
      hint: String(
        runs.map((run) => specs?.valueOf(run.id, path)).find((v) => v !== undefined) ?? '',
      ),
    }));
  return [...own, ...settings].slice(0, most);
}
