import { expect, test } from 'vitest';
import { makeRows } from '../../charts/testing/replay-host.ts';
import type { CurveData } from '../../../shared/curves/curve-data.ts';
import { CurveMemory } from '../../charts/curve-memory.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import { parseFilter, suggest } from './filter.ts';
import { bulkChanges, EMPTY_EDIT, nameFor, unknownFields } from './bulk-edit.ts';
import { fieldText, groupedRows, plainRows } from './grouping.ts';
import { bundlesOf, newestGroups, overlayCurves, seedKey } from './overlay.ts';
import { RUN_COLUMNS, settingColumn } from './run-columns.ts';
import { runsCsv } from './runs-csv.ts';
import { specFields, specIndex } from './spec-fields.ts';

const rows = makeRows(40);
const found = (text: string) => rows.filter(parseFilter(text).matches).map((run) => run.id);

test.each([
  ['arch:resnet20', (i: number) => i % 4 === 0],
  ['arch=plain20 tag:baseline', (i: number) => i % 4 === 1 && i % 3 === 0],
  ['status:failed', (i: number) => i === 5],
  ['-tag:baseline', (i: number) => i % 3 !== 0],
  ['seed:2', (i: number) => Math.floor(i / 4) % 3 === 2],
  ['params<1M step>1000', (i: number) => ![0, 1, 5, 6].includes(i)],
  ['group:"depth study 1"', (i: number) => i >= 12 && i < 24],
  ['wrn', (i: number) => i % 4 === 3],
  ['', () => true],
] as const)('the filter %j finds what it says', (text, isMeant) => {
  expect(found(text)).toEqual(rows.filter((_, i) => isMeant(i)).map((run) => run.id));
});

test('a percentage is a share, and a run without the number is not found', () => {
  expect(found('acc>90%')).toEqual(
    rows.filter((run) => (run.metrics['bestValAccuracy'] ?? 0) > 0.9).map((run) => run.id),
  );
  expect(found('acc>0')).not.toContain(rows[1]!.id);
});

test('what is not understood is said and filters nothing', () => {
  const { problems, matches } = parseFilter('statu:running acc>high');
  expect(problems).toEqual([
    'No run has a "statu". Did you mean status?',
    '"high" is no number to compare acc with.',
  ]);
  expect(rows.every(matches)).toBe(true);
});

test('fields are suggested first, then the values that runs have', () => {
  expect(suggest('wide st', rows).map(({ text }) => text)).toEqual(['wide status:', 'wide step']);
  expect(suggest('arch:res', rows).map(({ text, hint }) => [text, hint])).toEqual([
    ['arch:resnet20 ', '10 runs'],
    ['arch:resnet32 ', '10 runs'],
  ]);
});

test('members follow their open group and are sorted with it', () => {
  const byNetwork = (run: (typeof rows)[number]) => run.architecture;
  const closed = groupedRows(rows, byNetwork, new Set());
  expect(closed.map(({ label, members }) => [label, members.length])).toEqual([
    ['resnet20', 10],
    ['plain20', 10],
    ['resnet32', 10],
    ['wrn-16-8', 10],
  ]);
  const opened = groupedRows(rows, byNetwork, new Set([closed[1]!.key]));
  expect(opened).toHaveLength(14);
  expect(opened[2]).toMatchObject({ isGroup: false, sortAs: closed[1]!.members });
});

test('a group shows mean and deviation of its accuracy, a run its own', () => {
  const column = RUN_COLUMNS.find(({ id }) => id === 'accuracy')!;
  const pair = [0.9, 0.92].map((value, i) => ({
    ...rows[i]!,
    metrics: { bestValAccuracy: value },
  }));
  const [group] = groupedRows(pair, () => 'all', new Set());
  expect(column.text!(group!)).toBe('91.0 ± 1.4 %');
  expect(column.text!(plainRows(pair)[0]!)).toBe('90.0 %');
});

function specWith(recipe: object): RunSpec {
  return RunSpec.parse({
    architecture: {
      stem: { kind: 'cifar', width: 16 },
      stages: [{ blocks: 1, width: 16 }],
      block: { kind: 'basic' },
      shortcut: 'A',
    },
    data: { source: 'builtin:shapes' },
    recipe,
    seed: 0,
  });
}

const specs = specIndex(
  new Map([
    [rows[0]!.id, specFields(specWith({ batch: 64, augmentation: { kind: 'none' } }))],
    [rows[1]!.id, specFields(specWith({ batch: 128, augmentation: { kind: 'pad-crop-flip' } }))],
    [rows[2]!.id, specFields(specWith({ batch: 9, schedule: { kind: 'constant', rate: 0.5 } }))],
  ]),
);

test('runs can be grouped by any setting, differing ones first', () => {
  expect(specs.differing.has('recipe.batch')).toBe(true);
  expect(specs.differing.has('architecture.shortcut')).toBe(false);
  expect(specs.paths.indexOf('recipe.batch')).toBeLessThan(
    specs.paths.indexOf('architecture.shortcut'),
  );
  expect(fieldText(rows[0]!, 'recipe.batch', specs)).toBe('64');
  expect(fieldText(rows[0]!, 'group', specs)).toBe('depth study 0');
  expect(fieldText(rows[5]!, 'recipe.batch', specs)).toBe('not set');
});

test('a column of a setting is sorted as numbers, and choices are read as a whole', () => {
  const batch = settingColumn('recipe.batch', specs);
  const three = plainRows(rows.slice(0, 3));
  expect(three.map((row) => batch.value!(row))).toEqual([64, 128, 9]);
  expect(batch.align).toBe('end');
  const augmentation = settingColumn('recipe.augmentation', specs);
  expect(augmentation.text!(three[0]!)).toBe('none');
  expect(augmentation.align).toBeUndefined();
  const [group] = groupedRows(rows.slice(0, 3), () => 'all', new Set());
  expect(batch.text!(group!)).toBe('3 different');
});

test.each([
  ['batch>=64', [0, 1]],
  ['recipe.batch=9', [2]],
  ['-batch:64', [1, 2, 3, 4]],
  ['recipe.augmentation:flip', [1]],
  ['rate=0.5', [2]],
  ['recipe.schedule.kind=constant', [2]],
] as const)('the setting %j filters', (text, expected) => {
  const { matches, problems } = parseFilter(text, specs);
  expect(problems).toEqual([]);
  const matching = rows.slice(0, 5).flatMap((run, i) => (matches(run) ? [i] : []));
  expect(matching).toEqual(expected);
});

test('a word that several settings are called asks which', () => {
  const { problems } = parseFilter('kind:none', specs);
  expect(problems[0]).toMatch(/^"kind" can be .*recipe\.augmentation\.kind/);
  expect(parseFilter('batsh>3', specs).problems[0]).toContain('Did you mean');
  expect(suggest('weigh', rows, specs).map(({ label }) => label)).toContain(
    'recipe.optimizer.weightDecay',
  );
});

test('the CSV holds what is shown, in its order, with every digit', () => {
  const shown = ['name', 'accuracy', 'group'].map((id) => RUN_COLUMNS.find((c) => c.id === id)!);
  const pair = [0.123456789, 0.5].map((value, i) => ({
    ...{ ...rows[i]!, name: i === 0 ? 'a,b' : '=x', group: 'g' },
    metrics: { bestValAccuracy: value },
  }));
  const columns = [...shown, settingColumn('recipe.batch', specs)];
  expect(runsCsv(plainRows(pair), columns).split('\r\n')).toEqual([
    'Run,Best val. acc.,Group,Batch size',
    '"a,b",0.123456789,g,64',
    "'=x,0.5,g,128",
    '',
  ]);
  const grouped = runsCsv(
    groupedRows(pair, () => 'g', new Set()),
    columns,
  ).split('\r\n');
  expect(grouped[1]).toMatch(/^group,2,g,0\.3117283945,0\.266\d+,g,2 different$/);
});

test('several runs are renamed by a pattern, regrouped, tagged and noted; what is empty stays', () => {
  const [first, second] = rows.slice(0, 2).map((run, i) => ({
    ...{ ...run, tags: i === 0 ? ['old', 'x'] : [], notes: 'before' },
  }));
  expect(bulkChanges([first!, second!], EMPTY_EDIT)).toEqual([]);
  expect(nameFor('{network} {seed} #{n} {odd}', first!, 2)).toBe(
    `${first!.architecture} ${first!.seed} #3 {odd}`,
  );
  expect(unknownFields('{name} {odd}')).toEqual(['odd']);
  const edit = {
    ...EMPTY_EDIT,
    ...{ name: 'net {n}', group: { kind: 'none' as const }, addTags: 'x, new', note: 'after' },
    removeTags: ['old'],
  };
  expect(bulkChanges([first!, second!], edit)).toEqual([
    { id: first!.id, name: 'net 1', group: null, tags: ['x', 'new'], notes: 'before\nafter' },
    { id: second!.id, name: 'net 2', group: null, tags: ['x', 'new'], notes: 'before\nafter' },
  ]);
});

test('the usual overlay shows whole groups: no seed of a shown group is missing', () => {
  const chosen = newestGroups(rows, 10);
  expect(chosen.length).toBeGreaterThanOrEqual(10);
  const keys = new Set(chosen.map(seedKey));
  expect(chosen).toHaveLength(rows.filter((run) => keys.has(seedKey(run))).length);
  expect(newestGroups(rows.slice(0, 3), 10)).toHaveLength(3);
});

test('seeds of one spec become one bundle with what their names share', () => {
  const look = () => ({ colour: 0, isDashed: false });
  const bundles = bundlesOf(rows.slice(0, 12), look, seedKey);
  expect(bundles.map(({ label, runs }) => [label, runs.length])).toEqual([
    ['resnet20', 3],
    ['plain20', 3],
    ['resnet32', 3],
    ['wrn-16-8', 3],
  ]);
  expect(bundlesOf(rows.slice(0, 12), look)).toHaveLength(12);
});

test('runs of one name are told apart by their seeds', () => {
  const look = () => ({ colour: 0, isDashed: false });
  const [first, second, third] = rows;
  const same = [first!, { ...second!, name: first!.name, seed: 7 }, { ...third!, name: 'other' }];
  expect(bundlesOf(same, look).map(({ label }) => label)).toEqual([
    `${first!.name} seed ${first!.seed}`,
    `${first!.name} seed 7`,
    'other',
  ]);
});

test('a bundle is one curve of its runs, made once from the same data, and left out without points', () => {
  const [bundle] = bundlesOf(rows.slice(0, 12), () => ({ colour: 4, isDashed: true }), seedKey);
  const { x, y } = { x: new Float64Array([0, 1]), y: new Float32Array([2, 1]) };
  const data: CurveData = {
    ...{ mark: 'a', line: { x, y }, raw: null, band: null, n: 2, total: 3 },
    ...{ thin: [], isThinned: false },
  };
  const options = {
    curvesOf: () => new Map([['val/loss', data]]),
    smoothing: { kind: 'ema', weight: 0.9 },
    memory: new CurveMemory(),
  } as const;
  const [curve] = overlayCurves([bundle!], 'val/loss', options);
  expect(curve).toMatchObject({ colour: 4, isDashed: true, n: 2, total: 3 });
  // Evaluations are not smoothed, whatever the page is set to.
  expect(curve!.origin).toEqual({
    runs: bundle!.runs.map(({ id }) => id),
    series: 'val/loss',
    smoothing: { kind: 'none' },
  });
  expect(overlayCurves([bundle!], 'val/loss', options)[0]).toBe(curve);
  expect(overlayCurves([bundle!], 'train/loss', options)).toEqual([]);
});
