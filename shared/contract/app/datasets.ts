// Datasets: known ones, opening (a scan with progress), looking into them, bringing them in.
import { z } from 'zod';
import { command, query, subscription } from '../../rpc/definition.ts';
import { AugmentationSpec } from '../../spec/augmentation.ts';
import { DamagedRule, DepthRule, GroundRule } from '../../spec/pixel-rules.ts';
import { NormalizationSpec } from '../../spec/recipe.ts';
import { DATA_RULES, LayoutName } from '../../spec/layout.ts';
import { DecisionsVersion, ResizePolicy } from '../../spec/run.ts';
import { ChoiceKind, ImageDecision } from './decisions.ts';
import { ImageShape, Nothing, Progress, SplitName, TrainerNotice } from './common.ts';

/** All stated; `depth` is never `window`, which stands for the one that is found. */
export const StatedPixelRules = z.object({
  depth: z.string(),
  ground: z.string(),
  damaged: DamagedRule,
});

export const DatasetCard = z.object({
  fingerprint: z.string(),
  name: z.string(),
  /** What to give to a run: a path or `builtin:NAME`. */
  source: z.string(),
  shape: ImageShape,
  classes: z.array(z.string()),
  counts: z.object({ train: z.int(), val: z.int(), test: z.int() }),
  problemCount: z.int(),
  /** How it was read last; a new run on it starts with the same. */
  pixelRules: StatedPixelRules,
  /** What should be known before training on it, a sentence each, worst first. */
  notes: z.array(z.object({ code: z.string(), text: z.string() })),
  /** How somebody chose to read its folders; null where that is clear from their names. */
  layout: LayoutName.nullable(),
  mergeClasses: z.boolean(),
  /** Images that are left out by decision, and in no count. */
  leftOutCount: z.int(),
  /** Images that have another class by decision. */
  relabelledCount: z.int(),
  /** Empty if it never was. */
  lastOpenedAt: z.string(),
  /** False if the source is gone. */
  isPresent: z.boolean(),
});

/** Files of one reason why they are not used. */
const UnusedFiles = z.object({
  code: z.string(),
  /** Without a full stop. */
  text: z.string(),
  count: z.int(),
  examples: z.array(z.string()),
});

/** One way to read the folders of a dataset. */
export const FolderReading = z.object({
  layout: LayoutName,
  title: z.string(),
  counts: z.object({ train: z.int(), val: z.int(), test: z.int() }),
  classCount: z.int(),
  /** The first ones. */
  classes: z.array(z.object({ name: z.string(), count: z.int() })),
  /** Images that this reading leaves out, by reason. */
  unused: z.array(UnusedFiles),
});

/** Details of the error `ambiguous-layout`. */
export const AmbiguousLayout = z.object({ doubt: z.string(), readings: z.array(FolderReading) });

const ImageRef = z.object({
  split: SplitName,
  index: z.int(),
  label: z.int(),
  source: z.string(),
});

/** Pixel rules that are left out: for a scan those of the last one, else those of before there were any. */
export const DataOptions = z.object({
  source: z.string().min(1),
  imageSize: z.int().min(8).max(512).optional(),
  resize: ResizePolicy.optional(),
  depth: DepthRule.optional(),
  ground: GroundRule.optional(),
  damaged: DamagedRule.optional(),
  /** For a scan the newest where it is left out; else none. */
  decisions: DecisionsVersion.optional(),
  /** As in a run's data; what is not given has the same defaults as there. */
  valFraction: z.number().gt(0).lt(1).optional(),
  splitSeed: z.int().min(0).optional(),
  layout: LayoutName.optional(),
  mergeClasses: z.boolean().optional(),
  columns: z.string().min(1).max(1000).optional(),
  rules: z.literal(DATA_RULES).optional(),
});

export const DatasetReport = z.object({
  card: DatasetCard,
  kind: z.string(),
  classes: z.array(z.object({ name: z.string(), train: z.int(), val: z.int(), test: z.int() })),
  splitOrigin: z.string(),
  /** Null where the source says itself what its classes and splits are. */
  layout: z
    .object({
      /** What was understood, a sentence each. */
      sentences: z.array(z.string()),
      /** Groups of class names that people take for the same. */
      similarClasses: z.array(z.array(z.string())),
      isMerged: z.boolean(),
      /** All ways to read it, the present one first. */
      readings: z.array(FolderReading),
    })
    .nullable(),
  /** Files that are neither images of a class nor problems, by reason. */
  unused: z.array(UnusedFiles),
  imbalance: z.object({
    ratio: z.number(),
    largest: z.string(),
    smallest: z.string(),
    empty: z.array(z.string()),
    tiny: z.array(z.object({ name: z.string(), count: z.int() })),
  }),
  /** Most frequent first, at most 50. */
  sizes: z.array(z.object({ width: z.int(), height: z.int(), count: z.int() })),
  problems: z.array(z.object({ source: z.string(), reason: z.string() })),
  /** Groups of equal images; at most 500 groups each, `…Count` says how many there are. */
  duplicates: z.array(z.array(ImageRef)),
  duplicateCount: z.int(),
  acrossSplits: z.array(z.array(ImageRef)),
  acrossSplitsCount: z.int(),
  contradicting: z.array(z.array(ImageRef)),
  contradictingCount: z.int(),
  /** Groups that look alike without being equal. */
  nearDuplicates: z.array(z.array(ImageRef)),
  nearDuplicateCount: z.int(),
  /** At most 500. */
  oddSizes: z.array(ImageRef.extend({ width: z.int(), height: z.int(), reason: z.string() })),
  oddSizeCount: z.int(),
  /** Damaged files that were decoded all the same; at most 500. */
  damaged: z.array(ImageRef.extend({ reason: z.string() })),
  damagedCount: z.int(),
  /** Images with transparent pixels; at most 500. */
  transparent: z.array(ImageRef),
  transparentCount: z.int(),
  /** Of 16-bit images; null if there are none. */
  depth: z
    .object({
      count: z.int(),
      low: z.int(),
      high: z.int(),
      /** Images with samples outside of the window. */
      clipped: z.int(),
      /** `LOW..HIGH`; null where the full range serves, or a window was chosen. */
      proposed: z.string().nullable(),
      /** How many images lie within what is proposed. */
      fitting: z.int(),
    })
    .nullable(),
  /** By decision; at most 500. */
  leftOut: z.array(ImageRef.omit({ index: true }).extend({ width: z.int(), height: z.int() })),
  leftOutCount: z.int(),
  /** By decision; at most 500. Labels by the source and by the decision. */
  relabelled: z.array(
    ImageRef.omit({ index: true, label: true }).extend({ from: z.int(), to: z.int() }),
  ),
  relabelledCount: z.int(),
  /** Images that somebody found right; they are in no finding. */
  keptCount: z.int(),
  /** As what it was scanned: for its images. */
  data: DataOptions,
  /** What undo would take back; null if there is nothing. */
  lastDecision: z
    .object({ kind: z.enum(['leave-out', 'keep', 'relabel', 'restore']), count: z.int() })
    .nullable(),
  mean: z.array(z.number()),
  deviation: z.array(z.number()),
});

/** How something would be read, before it is added: nothing was decoded yet. */
export const DatasetPreview = z.object({
  /** What was understood, a sentence each. */
  sentences: z.array(z.string()),
  /** All ways to read it, the one that is taken first. */
  readings: z.array(FolderReading).min(1),
  /** Groups of class names that people take for the same. */
  similarClasses: z.array(z.array(z.string())),
  /** All files that are not used, by reason. */
  unused: z.array(UnusedFiles),
  /** The first ones of files and rows that can't be used. */
  problems: z.array(z.object({ source: z.string(), reason: z.string() })),
  problemCount: z.int(),
});

/** Codes of errors that ask which columns of a list of labels are meant. */
export const COLUMN_QUESTIONS = ['ambiguous-columns', 'unknown-column', 'several-labels'] as const;

/** Their details. */
export const AmbiguousColumns = z.object({
  file: z.string(),
  /** The column that names images, where that is clear. */
  image: z.string().optional(),
  columns: z.array(z.string()).min(2),
  /** The first ones, a text for each column. */
  rows: z.array(z.array(z.string())),
});

/** What the page took a drop for; older uploads were not asked. */
export const UploadPurpose = z.enum(['dataset', 'weights', 'bundle', 'curves']).default('dataset');

/**
 * An upload that is not whole yet, so that dropping the same things again goes on with it; or one that has arrived
 * and is read by no dataset and no run.
 */
export const PendingUpload = z.object({
  upload: z.string(),
  name: z.string(),
  fileCount: z.int(),
  sizeBytes: z.number(),
  receivedBytes: z.number(),
  /** When it was begun, or gone on with, last. */
  begunAt: z.string(),
  purpose: UploadPurpose,
  /** Where it lies; null while it is not whole. */
  source: z.string().nullable(),
});

/** A dataset that can be fetched from its authors. */
export const DatasetOffer = z.object({
  name: z.string(),
  title: z.string(),
  /** Where its authors describe it. */
  homepage: z.string(),
  sizeBytes: z.number(),
  /** Of an earlier try; the download goes on from there. */
  receivedBytes: z.number(),
  /** What to scan or train on, once it is here; null before. */
  source: z.string().nullable(),
});

/** A file of a dataset as it lies there. */
export const DatasetFile = z.object({
  sizeBytes: z.number(),
  /** Null if it is no picture that a browser shows; there are no bytes then. */
  type: z
    .enum(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/bmp', 'image/avif'])
    .nullable(),
  bytes: z.instanceof(Uint8Array),
});

/** Raw pixels of several images, one after the other. */
export const Tiles = z.object({
  shape: ImageShape,
  count: z.int(),
  pixels: z.instanceof(Uint8Array),
  labels: z.array(z.int()),
  sources: z.array(z.string()),
  /** Row of each in its split. */
  indices: z.array(z.int()).optional(),
});

/** Pictures of named files, as the network sees them, with where they stand. */
export const NamedTiles = Tiles.pick({
  shape: true,
  count: true,
  pixels: true,
  sources: true,
}).extend({
  images: z.array(z.object({ split: SplitName, label: z.int(), width: z.int(), height: z.int() })),
});

/** How many images are left out and relabelled after a decision. */
const DecisionCounts = z.object({ leftOutCount: z.int(), relabelledCount: z.int() });

export const datasets = {
  /** Names are distinct. */
  'datasets.list': query(
    Nothing,
    z.object({ datasets: z.array(DatasetCard), uploads: z.array(PendingUpload) }),
  ),
  'datasets.offers': query(Nothing, z.object({ offers: z.array(DatasetOffer) })),
  /**
   * Fetches an offer into the library and checks it. Progress until one `done`; ending the
   * subscription stops it, and what has arrived is kept.
   */
  'datasets.download': subscription(
    z.object({ name: z.string() }),
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('progress'), progress: Progress }),
      z.object({ kind: z.literal('done'), source: z.string() }),
    ]),
  ),
  /** The file that a finding of a scan names, for a dataset that is a folder. */
  'datasets.file': query(
    z.object({ source: z.string().min(1), path: z.string().min(1).max(4096) }),
    DatasetFile,
  ),
  /**
   * Lists what is to be added: progress until one event of another kind. `nothing`: there is nothing to decide,
   * because it is known already or says itself what it holds. Fails as a scan does, `ambiguous-layout` included. An
   * upload that can be no dataset is removed; its error has `notKept` in its details.
   */
  'datasets.preview': subscription(
    DataOptions.pick({ source: true, layout: true, columns: true, mergeClasses: true }),
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('progress'), progress: Progress }),
      z.object({ kind: z.literal('nothing') }),
      z.object({ kind: z.literal('preview'), preview: DatasetPreview }),
    ]),
  ),
  /** Opens, packs and inspects. Progress until one `report`; ending the subscription cancels. */
  'datasets.scan': subscription(
    DataOptions,
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('progress'), progress: Progress }),
      z.object({ kind: z.literal('report'), report: DatasetReport }),
    ]),
  ),
  /** Images of a class (or of all), from `offset` on; at most 400 at a time. */
  'datasets.tiles': query(
    DataOptions.extend({
      split: SplitName,
      label: z.int().nullable(),
      offset: z.int().min(0),
      count: z.int().min(1).max(400),
      /** These rows of the split instead, whatever their class. */
      indices: z.array(z.int().min(0)).max(400).optional(),
    }),
    Tiles,
  ),
  /** Images by the names that findings give them, also what is left out; unknown ones are missing. */
  'datasets.pictures': query(
    DataOptions.extend({ files: z.array(z.string()).min(1).max(400) }),
    NamedTiles,
  ),
  /** The dataset's own names of files from elsewhere, by their paths; null where it has none, or several, of one. */
  'datasets.match': query(
    DataOptions.extend({ paths: z.array(z.string().max(4096)).max(10_000) }),
    z.object({ files: z.array(z.string().nullable()) }),
  ),
  /** What holds for single images now, by file. */
  'datasets.decisions': query(
    z.object({ source: z.string().min(1) }),
    z.object({ decisions: z.array(ImageDecision) }),
  ),
  /** New runs on the source go by it. Files are not touched. Undone as one. */
  'datasets.decide': command(
    z.object({
      source: z.string().min(1),
      files: z.array(z.string().min(1)).min(1).max(100_000),
      kind: ChoiceKind,
      /** For `relabel`. */
      className: z.string().min(1).optional(),
      /** The finding, for the record. */
      reason: z.string().max(200),
    }),
    DecisionCounts,
  ),
  /** A table as `decisionsCsv` writes it, as one decision. */
  'datasets.importDecisions': command(
    DataOptions.extend({ csv: z.string().max(50_000_000) }),
    DecisionCounts.extend({ imported: z.int() }),
  ),
  /** Takes these back, or all but what was found right. */
  'datasets.restore': command(
    z.object({ source: z.string().min(1), files: z.array(z.string()).min(1).nullable() }),
    DecisionCounts,
  ),
  /** Takes the last decision back. */
  'datasets.undoDecision': command(
    z.object({ source: z.string().min(1) }),
    DecisionCounts.extend({ undone: z.int() }),
  ),
  /**
   * Training images, first as they are, then as `rounds` steps of a training would see them. A trainer
   * computes it, kept ready for the next request.
   */
  'datasets.augmented': query(
    DataOptions.extend({
      /** One batch, so that mixing shows as in training. */
      images: z.int().min(1).max(16),
      rounds: z.int().min(1).max(16),
      /** Of the run. */
      seed: z.int().min(0),
      /** Which images: another number draws others. */
      choice: z.int().min(0),
      augmentation: AugmentationSpec,
      normalization: NormalizationSpec.default({ kind: 'auto' }),
      /** As the page knows it, so that it is not shown images of an earlier state. */
      fingerprint: z.string().optional(),
    }),
    Tiles.pick({ shape: true, count: true, pixels: true }),
  ),
  /** For as long as previews are looked at: how far their trainer is, and its end if that was unasked. */
  'datasets.previewing': subscription(Nothing, TrainerNotice),
  /** The dataset of `from` lies in `to` now, where it is opened; ending the call keeps all as it was. */
  'datasets.relink': command(
    z.object({ from: z.string().min(1), to: z.string().min(1) }),
    z.object({ runs: z.int() }),
  ),
  'datasets.forget': command(z.object({ fingerprint: z.string() }), Nothing),
  /** Folders and dataset files on the host that continue what was typed. */
  'datasets.completePath': query(
    z.object({ typed: z.string() }),
    z.object({ paths: z.array(z.object({ path: z.string(), isFolder: z.boolean() })) }),
  ),
  /** An upload from a browser: returns which bytes are there already, so that it can go on. */
  'datasets.beginUpload': command(
    z.object({
      name: z.string().min(1).max(200),
      files: z
        .array(z.object({ path: z.string().min(1), sizeBytes: z.number().min(0) }))
        .min(1)
        .max(500_000),
      purpose: UploadPurpose,
    }),
    z.object({ upload: z.string(), received: z.array(z.number()) }),
  ),
  /** Appends to file number `file` at `offset`; at most 4 MiB a call. */
  'datasets.upload': command(
    z.object({
      upload: z.string(),
      file: z.int().min(0),
      offset: z.number().min(0),
      bytes: z.instanceof(Uint8Array),
    }),
    Nothing,
  ),
  /** Returns the folder or file in the library, to be scanned like any other. */
  'datasets.finishUpload': command(
    z.object({ upload: z.string() }),
    z.object({ source: z.string() }),
  ),
  /** Removes what has arrived; what a dataset or a run reads stays. */
  'datasets.cancelUpload': command(z.object({ upload: z.string() }), Nothing),
  /** The same for what `finishUpload` returned; any other place is left alone. */
  'datasets.discardUpload': command(z.object({ source: z.string() }), Nothing),
} as const;

export type DatasetCard = z.output<typeof DatasetCard>;
export type AmbiguousColumns = z.output<typeof AmbiguousColumns>;
export type DatasetFile = z.output<typeof DatasetFile>;
export type DatasetOffer = z.output<typeof DatasetOffer>;
export type PendingUpload = z.output<typeof PendingUpload>;
export type DatasetPreview = z.output<typeof DatasetPreview>;
export type DatasetReport = z.output<typeof DatasetReport>;
export type StatedPixelRules = z.output<typeof StatedPixelRules>;
export type FolderReading = z.output<typeof FolderReading>;
export type DataOptions = z.output<typeof DataOptions>;
export type NamedTiles = z.output<typeof NamedTiles>;
export type Tiles = z.output<typeof Tiles>;
