// The sections that a report writes by itself: what was run, data, variants, recipe, verdicts, caveats,
// how to do it again. Pure.
import { CONDITION_WORDS } from '../../shared/compare/condition.ts';
import { concernsOf, type Concern } from '../../shared/compare/fairness.ts';
import { conditionNotes } from '../../shared/compare/groups.ts';
import { metricMeasure } from '../../shared/compare/measure.ts';
import { differingPaths, leavesOf } from '../../shared/compare/spec-difference.ts';
import { verdictsOf } from '../../shared/compare/verdict.ts';
import type { AutoSection, ReportPiece } from '../../shared/contract/app/reports.ts';
import { drawNetwork } from '../../shared/figures/network-figure.ts';
import { formatCount, formatDuration, formatExact, formatPercent } from '../../shared/format.ts';
import type { Comparison } from './comparison.ts';
import { allRuns, type ReportData } from './report-data.ts';
import { reproduction } from './reproduction.ts';
import { paragraph, warning } from './said.ts';

export const SECTION_TITLES: Readonly<Record<AutoSection, string>> = {
  verdicts: 'Results',
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
): ReportPiece[] {
  const heading: ReportPiece = { kind: 'heading', text: SECTION_TITLES[section] };
  return [heading, ...bodyOf(section, data, comparison)];
}

function bodyOf(section: AutoSection, data: ReportData, comparison: Comparison): ReportPiece[] {
  switch (section) {
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

function verdicts({ groups, baselineKey, measure, study }: Comparison): ReportPiece[] {
  const found = verdictsOf(groups, baselineKey, { measure, study });
  if (found.length === 0) return [paragraph('There is one variant only, so nothing is compared.')];
  return [{ kind: 'list', items: found.map(({ sentence }) => sentence) }];
}

function runTable(data: ReportData, { groups }: Comparison): ReportPiece[] {
  const { missing } = data;
  const best = metricMeasure('val/accuracy', 'best');
  const labels = new Map(
    groups.flatMap(({ label, members }) =>
      members.map(({ run, condition }) => [run.run.id, { label, condition }]),
    ),
  );
  return [
    {
      kind: 'table',
      caption: 'Runs with their seed, data fingerprint, program version and place.',
      columns: [
        ...columns(['Run', 'Variant']),
        { title: 'Seed', isNumber: true },
        ...columns(['State']),
        { title: 'Steps', isNumber: true },
        { title: 'Best val.', isNumber: true },
        { title: 'Time', isNumber: true },
        ...columns(['Data', 'Program', 'Runtime', 'Begun']),
      ],
      rows: allRuns(data).map((run) => {
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
          run.run.dataFingerprint.slice(0, 12),
          run.run.codeVersion,
          `TensorFlow ${run.runtime.tensorflow}, ${run.runtime.device}, ${run.runtime.machine}`,
          (run.run.startedAt ?? run.run.createdAt).slice(0, 16).replace('T', ' '),
        ];
      }),
    },
    ...(missing.length === 0
      ? []
      : [warning(`Not in the library any more: ${missing.join(', ')}.`)]),
  ];
}

function dataTable(data: ReportData): ReportPiece[] {
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
        ...[run.dataName, spec.data.source, String(run.classCount)],
        ...[counts?.train, counts?.val, counts?.test].map((count) =>
          count === undefined ? '' : formatExact(count),
        ),
        run.dataFingerprint,
      ]),
    },
  ];
}

function variants(data: ReportData, { groups }: Comparison): ReportPiece[] {
  return groups.flatMap((group): ReportPiece[] => {
    const first = group.members[0]?.run;
    if (!first) return [];
    const outline = data.outline(first);
    const { parameters, macs, depth } = first;
    const facts = [
      depth === null ? undefined : `${depth} layers`,
      parameters === null ? undefined : `${formatExact(parameters)} parameters`,
      macs === null ? undefined : `${formatCount(macs)} multiply-adds an image`,
      `shortcut ${first.spec.architecture.shortcut}`,
    ].filter((fact) => fact !== undefined);
    if (!outline) return [paragraph(`${group.label}: ${facts.join(', ')}.`)];
    const svg = drawNetwork(outline, group.label);
    return [{ kind: 'figure', title: group.label, svg, note: facts.join(', ') }];
  });
}

function recipe({ groups }: Comparison): ReportPiece[] {
  const recipes = groups.map(({ members }) => members[0]?.run.spec.recipe ?? {});
  const differing = new Set(differingPaths(recipes));
  const leaves = recipes.map(leavesOf);
  const paths = [...new Set(leaves.flatMap((one) => [...one.keys()]))];
  const common = paths.filter((path) => !differing.has(path));
  const pieces: ReportPiece[] = [
    {
      kind: 'table',
      caption: groups.length > 1 ? 'What all variants share.' : '',
      columns: columns(['Setting', 'Value']),
      rows: common.map((path) => [path, leaves[0]?.get(path) ?? '']),
    },
  ];
  if (differing.size === 0) return pieces;
  const rows = [...differing].map((path) => [path, ...leaves.map((one) => one.get(path) ?? '–')]);
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

function caveats({ runs }: ReportData, { groups, study }: Comparison): ReportPiece[] {
  const concerns: readonly Concern[] = concernsOf(groups, study);
  const notes = groups.flatMap((group) =>
    conditionNotes(group, CONDITION_WORDS).map((note) => `${group.label}: ${note}.`),
  );
  const few = groups.filter(({ members }) => members.length < 3);
  const items = [
    ...concerns.map(({ sentence, isUnfair }) => (isUnfair ? `Not fair: ${sentence}` : sentence)),
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
  return [paragraph(`Under study: ${study}.`), { kind: 'list', items }];
}

function columns(titles: readonly string[]): { title: string; isNumber: boolean }[] {
  return titles.map((title) => ({ title, isNumber: false }));
}
