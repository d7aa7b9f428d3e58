// The sections that a report writes by itself: what was run, data, variants, recipe, verdicts, caveats,
// how to do it again. Pure.
import type { ComparedRun } from '../../shared/compare/compared-run.ts';
import { CONDITION_WORDS } from '../../shared/compare/condition.ts';
import { concernsOf, historyNotes, type Concern } from '../../shared/compare/fairness.ts';
import { conditionNotes } from '../../shared/compare/groups.ts';
import { usualMeasure } from '../../shared/compare/measure.ts';
import { differingPaths, leavesOf } from '../../shared/compare/spec-difference.ts';
import { verdictsOf } from '../../shared/compare/verdict.ts';
import type { AutoSection } from '../../shared/contract/app/reports.ts';
import { fieldName, inSentence } from '../../shared/spec/field-name.ts';
import { drawNetwork } from '../../shared/figures/network-figure.ts';
import { formatCount, formatDuration, formatExact, formatPercent } from '../../shared/format.ts';
import type { Comparison } from './comparison.ts';
import { allRuns, type ReportData } from './report-data.ts';
import { reproduction } from './reproduction.ts';
import { paragraph, warning, type DraftPiece } from './draft-pieces.ts';
import { summaryPieces } from './summary.ts';

export const SECTION_TITLES: Readonly<Record<AutoSection, string>> = {
  summary: 'Answer',
  verdicts: 'Evidence',
  runs: 'What was run',
  data: 'Data',
  variants: 'Variants',
  recipe: 'Recipe',
  caveats: 'Caveats',
  reproduce: 'How to reproduce',
};

export function sectionPieces(
  section: AutoSection,
  data: ReportData,
  comparison: Comparison,
): DraftPiece[] {
  const heading: DraftPiece = { kind: 'heading', text: SECTION_TITLES[section] };
  return [heading, ...bodyOf(section, data, comparison)];
}

function bodyOf(section: AutoSection, data: ReportData, comparison: Comparison): DraftPiece[] {
  switch (section) {
    case 'summary':
      return summaryPieces(comparison);
    case 'verdicts':
      return verdicts(comparison);
    case 'runs':
      return runTable(data, comparison);
    case 'data':
      return dataTable(data);
    case 'variants':
      return variants(data, comparison);
    case 'recipe':
      return recipe(comparison);
    case 'caveats':
      return caveats(data, comparison);
    case 'reproduce':
      return reproduction(data, comparison.groups);
  }
}

function verdicts({ groups, baselineKey, measure, study }: Comparison): DraftPiece[] {
  const found = verdictsOf(groups, baselineKey, { measure, study });
  if (found.length === 0) return [paragraph('There is one variant only, so nothing is compared.')];
  return [{ kind: 'list', items: found.map(({ sentence }) => sentence) }];
}

function runTable(data: ReportData, { groups }: Comparison): DraftPiece[] {
  const { missing } = data;
  const best = usualMeasure(groups.flatMap(({ members }) => members.map(({ run }) => run)));
  const labels = new Map(
    groups.flatMap(({ label, members }) =>
      members.map(({ run, condition }) => [run.run.id, { label, condition }]),
    ),
  );
  const runs = allRuns(data);
  const shared: string[] = [];
  const varying: { readonly title: string; readonly of: (run: ComparedRun) => string }[] = [];
  for (const place of PLACES) {
    const [first, ...others] = new Set(runs.map(place.of));
    if (first === undefined) continue;
    if (others.length === 0) shared.push(`${place.title.toLowerCase()} ${first}`);
    else varying.push(place);
  }
  return [
    {
      kind: 'table',
      caption:
        shared.length === 0
          ? 'Runs with their seed, data fingerprint, program and runtime.'
          : `Runs. The same for all: ${shared.join('; ')}.`,
      columns: [
        ...columns(['Run', 'Variant']),
        { title: 'Seed', isNumber: true },
        ...columns(['State']),
        ...['Steps', 'Best val.', 'Time'].map((title) => ({ title, isNumber: true })),
        ...columns(['Begun (UTC)', ...varying.map(({ title }) => title)]),
      ],
      rows: runs.map((run) => {
        const known = labels.get(run.run.id);
        const value = best.read(run);
        return [
          run.run.id,
          known?.label ?? run.run.name,
          String(run.run.seed),
          known ? CONDITION_WORDS[known.condition] : run.run.status,
          `${formatExact(run.run.step)}/${formatExact(run.run.totalSteps)}`,
          value === null ? '' : formatPercent(value),
          formatDuration(run.run.elapsedMs),
          (run.run.startedAt ?? run.run.createdAt).slice(0, 16).replace('T', ' '),
          ...varying.map((place) => place.of(run)),
        ];
      }),
    },
    ...(missing.length === 0
      ? []
      : [warning(`Not in the library any more: ${missing.join(', ')}.`)]),
  ];
}

/** Where a number comes from; what all runs share is said once. */
const PLACES: readonly { readonly title: string; readonly of: (run: ComparedRun) => string }[] = [
  { title: 'Data', of: ({ run }) => run.dataFingerprint.slice(0, 12) },
  { title: 'Program', of: ({ run }) => run.codeVersion },
  { title: 'Runtime', of: ({ runtime }) => `TensorFlow ${runtime.tensorflow}` },
  { title: 'Device', of: ({ runtime }) => `${runtime.device} of ${runtime.machine}` },
];

function dataTable(data: ReportData): DraftPiece[] {
  const seen = new Map(allRuns(data).map((run) => [run.run.dataFingerprint, run]));
  return [
    {
      kind: 'table',
      caption: 'A fingerprint stands for every image and label of a dataset.',
      columns: [
        ...columns(['Dataset', 'Source']),
        { title: 'Classes', isNumber: true },
        { title: 'Train', isNumber: true },
        { title: 'Validation', isNumber: true },
        { title: 'Test', isNumber: true },
        ...columns(['Fingerprint']),
      ],
      rows: [...seen.values()].map(({ run, spec, counts }) => [
        ...[run.dataName, spec?.data.source ?? '', String(run.classCount)],
        ...[counts?.train, counts?.val, counts?.test].map((count) =>
          count === undefined ? '' : formatExact(count),
        ),
        run.dataFingerprint,
      ]),
    },
  ];
}

function variants(data: ReportData, { groups }: Comparison): DraftPiece[] {
  return groups.flatMap((group): DraftPiece[] => {
    const first = group.members[0]?.run;
    if (!first) return [];
    const outline = data.outline(first);
    const { parameters, macs, depth } = first;
    const facts = [
      depth === null ? undefined : `${depth} layers`,
      parameters === null ? undefined : `${formatExact(parameters)} parameters`,
      macs === null ? undefined : `${formatCount(macs)} multiply-adds an image`,
      first.spec ? `shortcut ${first.spec.architecture.shortcut}` : 'imported, settings not known',
    ].filter((fact) => fact !== undefined);
    if (!outline) return [paragraph(`${group.label}: ${facts.join(', ')}.`)];
    const svg = drawNetwork(outline, group.label);
    return [{ kind: 'figure', title: group.label, svg, note: facts.join(', ') }];
  });
}

function recipe({ groups }: Comparison): DraftPiece[] {
  const recipes = groups.map(({ members }) => members[0]?.run.spec?.recipe ?? {});
  const differing = new Set(differingPaths(recipes));
  const leaves = recipes.map(leavesOf);
  const paths = [...new Set(leaves.flatMap((one) => [...one.keys()]))];
  const common = paths.filter((path) => !differing.has(path));
  const pieces: DraftPiece[] = [
    {
      kind: 'table',
      caption: groups.length > 1 ? 'What the recipes of all variants share.' : 'The recipe.',
      columns: columns(['Setting', 'Value', 'Setting', 'Value']),
      rows: inPairs(
        common
          .filter((path) => path !== 'format')
          .map((path) => [fieldName(`recipe.${path}`), leaves[0]?.get(path) ?? ''] as const),
      ),
    },
  ];
  if (differing.size === 0) return pieces;
  const rows = [...differing].map((path) => [
    fieldName(`recipe.${path}`),
    ...leaves.map((one) => one.get(path) ?? '–'),
  ]);
  return [
    ...pieces,
    {
      kind: 'table',
      caption: 'Where the recipes differ.',
      columns: columns(['Setting', ...groups.map(({ label }) => label)]),
      rows,
    },
  ];
}

function caveats({ runs }: ReportData, { groups, study }: Comparison): DraftPiece[] {
  const concerns: readonly Concern[] = concernsOf(groups, study);
  const notes = groups.flatMap((group) =>
    conditionNotes(group, CONDITION_WORDS).map((note) => `${group.label}: ${note}.`),
  );
  const few = groups.filter(({ members }) => members.length < 3);
  const items = [
    ...concerns.map(({ sentence, isUnfair }) => (isUnfair ? `Not fair: ${sentence}` : sentence)),
    ...(groups.length < 2 ? historyNotes(runs) : []),
    ...notes,
    ...(few.length === 0
      ? []
      : [
          `Fewer than three seeds: ${few.map(({ label, members }) => `${label} (${members.length})`).join(', ')}.`,
        ]),
    'Best values are chosen on the validation split, so they flatter a little.',
    ...(runs.some(({ counts }) => (counts?.test ?? 0) > 0)
      ? []
      : [
          'There is no test split: nothing here was measured on images that no choice depended on.',
        ]),
  ];
  return [paragraph(`Varied setting: ${inSentence(fieldName(study))}.`), { kind: 'list', items }];
}

/** The first half beside the second, so that a long list takes half the page. */
function inPairs(entries: readonly (readonly [string, string])[]): string[][] {
  const half = Math.ceil(entries.length / 2);
  return entries.slice(0, half).map((entry, i) => [...entry, ...(entries[half + i] ?? ['', ''])]);
}

function columns(titles: readonly string[]): { title: string; isNumber: boolean }[] {
  return titles.map((title) => ({ title, isNumber: false }));
}
