// What can be put into a report, and what it is called. Pure.
import { AUTO_SECTIONS, type ReportBlock } from '../../../shared/contract/app/reports.ts';
import { metricName } from '../../../shared/compare/metric.ts';
import { formatBytes } from '../../../shared/format.ts';
import type { NewBlock } from '../../state/report-desk.svelte.ts';

const SECTION_NAMES: Readonly<Record<(typeof AUTO_SECTIONS)[number], string>> = {
  summary: 'The answer in short',
  verdicts: 'Results in words',
  runs: 'What was run',
  data: 'Data',
  variants: 'Variants with drawings',
  recipe: 'Recipe',
  caveats: 'Caveats from the guard',
  reproduce: 'How to reproduce',
};

export interface Choice {
  readonly label: string;
  readonly block: NewBlock;
}

/** A network that an HTML file can carry. */
export interface NetworkChoice {
  readonly run: string;
  readonly label: string;
  /** That it adds to the file. */
  readonly sizeBytes: number;
}

export function choices(
  metrics: readonly string[],
  networks: readonly NetworkChoice[],
): readonly (readonly Choice[])[] {
  const table = ['best val/accuracy', 'final val/accuracy', 'cost parameters', 'cost time'];
  return [
    [{ label: 'Text', block: { kind: 'text', markdown: '' } }],
    [
      { label: 'Table of variants', block: { kind: 'table', measures: table } },
      { label: 'Accuracy by class', block: { kind: 'classes' } },
      { label: 'Difference of specs', block: { kind: 'difference' } },
    ],
    [
      ...metrics.map((metric): Choice => ({
        label: `Curves: ${metricName(metric)}`,
        block: {
          kind: 'curves',
          metric,
          drawn: 'both',
          isLogY: false,
          smoothing: { kind: 'none' },
        },
      })),
      { label: 'Quality against parameters', block: { kind: 'cost', cost: 'cost parameters' } },
      { label: 'Quality against MACs', block: { kind: 'cost', cost: 'cost macs' } },
      { label: 'Quality against time', block: { kind: 'cost', cost: 'cost time' } },
      { label: 'Error by depth', block: { kind: 'depth' } },
      { label: 'Settings in parallel', block: { kind: 'settings' } },
      { label: 'Blocks side by side', block: { kind: 'heat', series: 'block/gradient-norm' } },
    ],
    ...(networks.length === 0
      ? []
      : [
          networks.map(({ run, label, sizeBytes }): Choice => ({
            label: `Network to try: ${label} (${formatBytes(sizeBytes)} more)`,
            block: { kind: 'network', run, label },
          })),
        ]),
    AUTO_SECTIONS.map((section) => ({
      label: SECTION_NAMES[section],
      block: { kind: 'auto', section },
    })),
  ];
}

export function blockName(block: ReportBlock): string {
  switch (block.kind) {
    case 'text':
      return 'Text';
    case 'auto':
      return SECTION_NAMES[block.section];
    case 'curves':
      return `Curves: ${metricName(block.metric)}`;
    case 'lines':
      return block.title;
    case 'responses':
      return 'Responses';
    case 'finding':
      return block.label;
    case 'calibration':
      return `Calibration, ${block.label}`;
    case 'network':
      return `Network to try: ${block.label}`;
    case 'confusion':
      return `Confusion, ${block.label}`;
    case 'table':
      return 'Table of variants';
    case 'cost':
      return 'Quality against cost';
    case 'heat':
      return 'Blocks side by side';
    case 'depth':
      return 'Error by depth';
    case 'settings':
      return 'Settings in parallel';
    case 'classes':
      return 'Accuracy by class';
    case 'difference':
      return 'Difference of specs';
  }
}
