// An inspection as text for a terminal. Long lists are cut, and say so; `--json` has everything.
import { firstOf } from '../../shared/format.ts';
import { SPLIT_NAMES } from './dataset.ts';
import { describeLayout, describeOutline } from './layout/layout-facts.ts';
import { describeUnused } from './layout/unused-files.ts';
import type { Inspection, SameGroup } from './inspect.ts';

const LISTED = 10;
const SHOWN_EXAMPLES = 5;
const IMBALANCE_WORTH_SAYING = 1.5;

export function formatInspection(inspection: Inspection): string {
  const { shape, statistics } = inspection;
  const lines = [
    `${inspection.name} (${inspection.kind}), ${shape.height}×${shape.width}×${shape.channels}, ${countOf(inspection.classes.length, 'class', 'classes')}`,
    `fingerprint ${inspection.fingerprint}`,
    '',
    ...countTable(inspection),
    ...layoutLines(inspection),
    '',
    `mean ${decimals(statistics.mean)}   std ${decimals(statistics.std)}   (train, per channel, 0 to 1)`,
    ...sizeLines(inspection),
    ...oddSizeLines(inspection),
    ...classLines(inspection),
    ...originLines(inspection),
    ...balanceLines(inspection),
    ...problemLines(inspection),
    ...leftOutLines(inspection),
    ...relabelledLines(inspection),
    ...damageLines(inspection),
    ...transparencyLines(inspection),
    ...depthLines(inspection),
    ...groupLines('the same image under two labels', inspection.contradicting, inspection),
    ...groupLines('the same image in two splits', inspection.acrossSplits, inspection),
    ...groupLines('exact duplicates', inspection.duplicates, inspection),
    ...groupLines('near duplicates', inspection.nearDuplicates, inspection),
    ...groupLines('near duplicates in two splits', inspection.nearAcrossSplits, inspection),
  ];
  return lines.map(onOneLine).join('\n') + '\n';
}

/** Names of classes and files may hold line breaks and tabs, which would break lines and columns. */
function onOneLine(text: string): string {
  return text.replaceAll(
    /[\n\r\t\u2028\u2029]/g,
    (found) => ({ '\n': '\\n', '\r': '\\r', '\t': '\\t' })[found] ?? '\\u2028',
  );
}

function countOf(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}

function classLines({ classes }: Inspection): string[] {
  return classes.length === 1 ? ['There is only one class; training needs two or more.'] : [];
}

function decimals(values: readonly number[]): string {
  return values.map((value) => value.toFixed(4)).join(', ');
}

function countTable({ classes, splits }: Inspection): string[] {
  const names = SPLIT_NAMES.filter((name) => splits[name] !== undefined);
  const rows = [
    ['class', ...names],
    ...classes.map(({ name, counts }) => [
      onOneLine(name),
      ...names.map((split) => String(counts[split] ?? 0)),
    ]),
    ['all', ...names.map((split) => String(splits[split] ?? 0))],
  ];
  const widths = rows[0]?.map((_, column) => {
    return Math.max(...rows.map((row) => row[column]?.length ?? 0));
  });
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths?.[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(Math.max(width, 7));
      })
      .join('  '),
  );
}

function layoutLines({ layout }: Inspection): string[] {
  if (layout === undefined) return [];
  const [own, ...others] = layout.readings;
  const lines = describeLayout(layout);
  const ways = others.map(
    (other) => `Also possible: --layout ${other.layout}, ${describeOutline(other)}.`,
  );
  return own === undefined || lines.length + ways.length === 0 ? [] : ['', ...lines, ...ways];
}

function sizeLines({ sizes }: Inspection): string[] {
  const texts = sizes.map(({ width, height, count }) => `${width}×${height} (${count})`);
  return [`image sizes: ${firstOf(texts, 5)}`];
}

function oddSizeLines({ oddSizes }: Inspection): string[] {
  if (oddSizes.length === 0) return [];
  const lines = [`images of odd sizes: ${oddSizes.length}`];
  for (const { source, width, height, reason } of oddSizes.slice(0, LISTED)) {
    lines.push(`  ${source} (${width}×${height}) ${reason}`);
  }
  if (oddSizes.length > LISTED) lines.push(`  and ${oddSizes.length - LISTED} more`);
  return lines;
}

function originLines({ splitOrigin, notes }: Inspection): string[] {
  const always = ['empty-classes', 'no-validation'];
  const about = splitOrigin.kind === 'drawn' ? ['drawn-split', ...always] : always;
  return notes.filter(({ code }) => about.includes(code)).map(({ text }) => text);
}

function balanceLines({ imbalance }: Inspection): string[] {
  const { ratio, largest, smallest, empty, tiny } = imbalance;
  const few = tiny.map(({ name, count }) => `${name} (${count})`);
  return [
    ...(empty.length === 0 ? [] : [`classes without training images: ${firstOf(empty, LISTED)}`]),
    ...(few.length === 0 ? [] : [`classes with very few training images: ${firstOf(few, LISTED)}`]),
    ...(ratio < IMBALANCE_WORTH_SAYING
      ? []
      : [`imbalance: "${largest}" has ${ratio.toFixed(1)} times as many images as "${smallest}"`]),
  ];
}

function problemLines({ problems, unused }: Inspection): string[] {
  const lines = [`files that could not be used: ${problems.length}`];
  for (const { source, reason } of problems.slice(0, LISTED)) lines.push(`  ${source} ${reason}`);
  if (problems.length > LISTED) lines.push(`  and ${problems.length - LISTED} more`);
  for (const group of unused) {
    lines.push(describeUnused(group));
    lines.push(...group.examples.slice(1, SHOWN_EXAMPLES).map((path) => `  ${path}`));
  }
  return lines;
}

function leftOutLines({ leftOut, classes }: Inspection): string[] {
  if (leftOut.length === 0) return [];
  const lines = [`images left out by decision (data leave-out): ${leftOut.length}`];
  for (const { source, split, label } of leftOut.slice(0, LISTED)) {
    lines.push(`  ${source} (${split}, ${classes[label]?.name ?? label})`);
  }
  if (leftOut.length > LISTED) lines.push(`  and ${leftOut.length - LISTED} more`);
  return lines;
}

function relabelledLines({ relabelled, classes }: Inspection): string[] {
  if (relabelled.length === 0) return [];
  const nameOf = (label: number): string => classes[label]?.name ?? String(label);
  const lines = [`images relabelled by decision (data relabel): ${relabelled.length}`];
  for (const { source, split, from, to } of relabelled.slice(0, LISTED)) {
    lines.push(`  ${source} (${split}, ${nameOf(from)} → ${nameOf(to)})`);
  }
  if (relabelled.length > LISTED) lines.push(`  and ${relabelled.length - LISTED} more`);
  return lines;
}

function damageLines({ damaged }: Inspection): string[] {
  if (damaged.length === 0) return [];
  const lines = [`damaged files that were decoded all the same: ${damaged.length}`];
  for (const { source, reason } of damaged.slice(0, LISTED)) lines.push(`  ${source} ${reason}`);
  if (damaged.length > LISTED) lines.push(`  and ${damaged.length - LISTED} more`);
  return lines;
}

function transparencyLines({ transparent, ground }: Inspection): string[] {
  if (transparent.length === 0) return [];
  const shown =
    ground === 'none'
      ? 'alpha is ignored, so colours that viewers hide are seen (data.ground=none)'
      : `on ${ground} ground (data.ground)`;
  return [`images with transparent pixels: ${transparent.length}, ${shown}`];
}

/** Also for the start of a run: what a window would change is worth knowing before. */
export function depthLines({ depth }: Pick<Inspection, 'depth'>): string[] {
  if (depth === undefined) return [];
  const { count, low, high, rule, clipped, proposed } = depth;
  const lines = [
    `16-bit images: ${count}, values ${low}…${high} of 65535, data.depth=${rule}${clipped === 0 ? '' : `; ${clipped} reach beyond that and are clipped`}`,
  ];
  if (proposed === undefined) return lines;
  lines.push(
    `  ${depth.fitting} of them use only ${proposed.replace('..', '…')} and lose most of their levels; --set data.depth=${proposed} uses them`,
  );
  return lines;
}

function groupLines(
  title: string,
  groups: readonly SameGroup[],
  { classes }: Inspection,
): string[] {
  const lines = [`${title}: ${groups.length}`];
  for (const group of groups.slice(0, LISTED)) {
    const members = group.slice(0, LISTED).map(({ source, split, label }) => {
      return `${source} (${split}, ${classes[label]?.name ?? label})`;
    });
    const rest = group.length - members.length;
    lines.push(`  ${members.join(' = ')}${rest > 0 ? ` = ${rest} more` : ''}`);
  }
  if (groups.length > LISTED) lines.push(`  and ${groups.length - LISTED} more`);
  return lines;
}
