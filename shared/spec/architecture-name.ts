// How a network is called that was made from a named one: `resnet20 · width ×0.5, shortcut B`. A changed
// network is never listed under the name of the published one, whoever changed it. Pure.
import type { ArchitectureSpec } from './architecture.ts';

const MOST_LETTERS = 80;
const SEPARATOR = ' · ';
const PLAIN = ' (plain)';

/** The named network that a name begins with. */
export function baseName(name: string): string {
  return name.replace(/ · .*$/, '').replace(PLAIN, '');
}

/** `base` is the spec as its name stands for it; the plain twin of it says `(plain)`. */
export function changedArchitectureName(base: ArchitectureSpec, spec: ArchitectureSpec): string {
  const isPlain = spec.shortcut === 'none' && base.shortcut !== 'none';
  const name = isPlain ? `${base.name}${PLAIN}` : base.name;
  const changes = changesOf(base, spec).filter(
    ({ path }) => !isPlain || !WITH_SHORTCUTS.includes(path),
  );
  return withinLimit(
    name,
    changes.map(({ path, value }) => wordsFor(path, value)),
  );
}

/** What goes with the shortcuts of a plain twin. */
const WITH_SHORTCUTS: readonly string[] = ['shortcut', 'zeroInitLastScale', 'merge', 'sampling'];

interface Change {
  readonly path: string;
  readonly value: unknown;
}

function changesOf(base: ArchitectureSpec, spec: ArchitectureSpec): Change[] {
  const {
    stages: baseStages,
    block: baseBlock,
    stem: baseStem,
    decoder: baseDecoder,
    ...baseRest
  } = base;
  const { stages, block, stem, decoder, ...rest } = spec;
  return [
    ...fieldChanges(baseRest, rest, ''),
    ...fieldChanges(baseStem, stem, 'stem.'),
    ...fieldChanges(baseBlock, block, 'block.'),
    ...fieldChanges(columnsOf(baseStages), columnsOf(stages), 'stages.'),
    ...fieldChanges(baseDecoder ?? {}, decoder ?? {}, 'decoder.'),
  ].filter(({ path }) => path !== 'name' && path !== 'format');
}

function fieldChanges(base: object, spec: object, prefix: string): Change[] {
  const [before, after] = [new Map(Object.entries(base)), new Map(Object.entries(spec))];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names
    .filter((name) => JSON.stringify(before.get(name)) !== JSON.stringify(after.get(name)))
    .map((name) => ({ path: `${prefix}${name}`, value: after.get(name) as unknown }));
}

/** A list over the stages for each of their fields. */
function columnsOf(stages: ArchitectureSpec['stages']): Record<string, unknown[]> {
  return {
    blocks: stages.map(({ blocks }) => blocks),
    width: stages.map(({ width }) => width),
    stride: stages.map(({ stride }) => stride),
    dilation: stages.map(({ dilation }) => dilation ?? 1),
    widths: stages.map(({ widths }) => widths?.join('+') ?? ''),
  };
}

const WORDS: Readonly<Record<string, string>> = {
  shortcut: 'shortcut',
  groupNorm: 'group norm',
  zeroInitLastScale: 'zero-init',
  merge: 'merge',
  sampling: 'sampling',
  'stem.kind': 'stem',
  'stem.width': 'stem width',
  'block.kind': 'block',
  'block.order': 'order',
  'block.expansion': 'expansion',
  'block.groups': 'groups',
  'block.baseWidth': 'base width',
  'block.dropout': 'dropout',
  'block.squeezeExcitation': 'squeeze-excitation',
  'stages.blocks': 'blocks',
  'stages.width': 'widths',
  'stages.stride': 'strides',
  'stages.dilation': 'dilations',
  'stages.widths': 'branch widths',
  'decoder.kind': 'decoder',
  'decoder.latent': 'latent',
  'decoder.blocks': 'decoder blocks',
  'decoder.likelihood': 'likelihood',
};

function wordsFor(path: string, value: unknown): string {
  if (path === 'widthMultiplier') return `width ×${String(value)}`;
  return `${WORDS[path] ?? path} ${valueText(value)}`;
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value)) return value.map((one) => String(one) || '–').join('-');
  if (typeof value === 'number' || typeof value === 'string') return String(value);
  const { kind, ...rest } = value as Readonly<Record<string, unknown>>;
  return [String(kind), ...Object.values(rest).map(valueText)].join(' ');
}

/** As many changes as fit, and how many more there are. */
function withinLimit(name: string, changes: readonly string[]): string {
  if (changes.length === 0) return name;
  for (let shown = changes.length; shown > 0; shown--) {
    const rest = changes.length - shown;
    const more = rest === 0 ? [] : [`${rest} more`];
    const text = `${name}${SEPARATOR}${[...changes.slice(0, shown), ...more].join(', ')}`;
    if (text.length <= MOST_LETTERS) return text;
  }
  return `${name.slice(0, MOST_LETTERS - 20)}${SEPARATOR}${changes.length} changes`;
}
