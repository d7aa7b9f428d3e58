// One training: network, data, recipe, seed. All that is needed to do it again.
import { z } from 'zod';
import { ArchitectureSpec } from './architecture.ts';
import { DeviceList } from './devices.ts';
import { DATA_RULES, LayoutName } from './layout.ts';
import {
  DamagedRule,
  DepthRule,
  GroundRule,
  NEW_PIXEL_RULES,
  pixelRulesOf,
} from './pixel-rules.ts';
import { RecipeSpec } from './recipe.ts';

/** Scale to the short side and crop the middle, distort, or fit inside with black around it. */
export const ResizePolicy = z.enum(['crop', 'squash', 'pad']);

/** Of `data.decisions`: every image is used, whatever is decided by now. */
export const NO_DECISIONS = 'none';

/** A version of what was decided about single files, named by its content. */
export const DecisionsVersion = z.string().regex(/^(?:none|[0-9a-f]{16})$/);

const dataFields = z.strictObject({
  /** A folder, an archive, a safetensors file, or `builtin:NAME`. */
  source: z.string().min(1),
  /** Side length to bring folder images to; undefined lets the data decide. */
  imageSize: z.int().min(8).max(512).optional(),
  /** How pictures of other proportions are brought to a square; left out: `crop`. */
  resize: ResizePolicy.optional(),
  /** How samples become 8-bit colours; see pixel-rules.ts. Left out: as before these rules existed. */
  depth: DepthRule.optional(),
  ground: GroundRule.optional(),
  damaged: DamagedRule.optional(),
  /**
   * Which images were left out by decision. A new run takes the newest version where this is left out,
   * and records it; a run without it uses all images.
   */
  decisions: DecisionsVersion.optional(),
  /** Share of the training examples held out where the source has no validation split. */
  valFraction: z.number().gt(0).lt(1).default(0.1),
  splitSeed: z.int().min(0).default(0),
  /** How folders become splits and classes; left out: what is clear from their names. */
  layout: LayoutName.optional(),
  /** Of a list of labels beside images: `image=id,label=breed`; left out: what is clear from the list. */
  columns: z.string().min(1).max(1000).optional(),
  /** Class names that differ only in case, spaces or composition of letters are one class. */
  mergeClasses: z.boolean().optional(),
  /** Of reading folders and drawing splits. Every new run records them. */
  rules: z.literal(DATA_RULES).optional(),
});

/** All but the source: what `data.…` addresses. */
export const DataSettings = dataFields.omit({ source: true });

const PIXEL_RULE_NAMES: readonly string[] = ['depth', 'ground', 'damaged'];

/** Optional fields are left out where they say what was always so. */
export const DataSpec = dataFields.overwrite((spec) => {
  const rules = pixelRulesOf(spec);
  const isKept = (name: string): boolean => !PIXEL_RULE_NAMES.includes(name) || name in rules;
  return Object.fromEntries(Object.entries(spec).filter(([name]) => isKept(name))) as typeof spec;
});

/** What settings for new runs on a source begin with. Generated images need no pixel rules. */
export function newDataSpec(source: string): DataSpec {
  return DataSpec.parse({ source, ...(source.startsWith('builtin:') ? {} : NEW_PIXEL_RULES) });
}

export const RunSpec = z.strictObject({
  format: z.literal(1).default(1),
  name: z.string().max(200).optional(),
  /** Runs of one comparison, e.g. the seeds of one spec. */
  group: z.string().max(200).optional(),
  architecture: ArchitectureSpec,
  data: DataSpec,
  recipe: RecipeSpec,
  seed: z.int().min(0),
  /** Weights to start from, a safetensors file with PyTorch's names. */
  weights: z.string().optional(),
  /** The last layer of `weights` is left, and this network's starts anew: other classes may be told apart. */
  newHead: z.boolean().optional(),
  /** Left out: one that is free. Several divide every step between them; see devices.ts. */
  devices: DeviceList.optional(),
});

export type RunSpec = z.output<typeof RunSpec>;
export type ResizePolicy = z.output<typeof ResizePolicy>;
export type DataSpec = z.output<typeof DataSpec>;
