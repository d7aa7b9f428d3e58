// Reports: documents about runs, what a page shows of them, and files made of them.
import { z } from 'zod';
import { command, query, subscription } from '../../rpc/definition.ts';
import { CLASS_ORDERS } from '../../compare/confusion.ts';
import { SPREADS } from '../../stats/summary.ts';
import { PROBE_KINDS } from '../probes.ts';
import { CurveX, Smoothing } from './curves.ts';
import { Nothing, Progress, RunId } from './common.ts';
import { KeptExport } from './exports.ts';

const BlockId = z.string().min(1).max(40);

/** What a report writes by itself, from the runs as they are. */
export const AUTO_SECTIONS = [
  'summary',
  'verdicts',
  'runs',
  'data',
  'variants',
  'recipe',
  'caveats',
  'reproduce',
] as const;

/** What a comparison is about, where a block's is not the report's own. */
export const ComparisonScope = z.object({
  runs: z.array(RunId).min(1).max(200),
  measure: z.string().max(200),
  spread: z.enum(SPREADS),
  study: z.string().max(300),
  baseline: z.string().max(200),
  /** Seeds of a spec are one group; else each run is one. */
  isBySpec: z.boolean(),
  /** How many points the mean of the last ones takes. */
  lastK: z.int().min(1).max(10_000),
});

/** A curve of a chart by where its points come from; of several runs it is their mean. */
export const ChartCurve = z.object({
  label: z.string().max(500),
  colour: z.union([z.int().min(0).max(99), z.literal('neutral')]),
  isDashed: z.boolean(),
  runs: z.array(RunId).min(1).max(200),
  /** Drawn thin beside the mean and in no mean: runs that did not finish. */
  besides: z.array(RunId).max(200).default([]),
  series: z.string().max(200),
  /** Of a series with a number for each unit: which one. */
  component: z.string().max(200).optional(),
  /** What is drawn: the values, or images a second from the times between them. */
  reading: z.enum(['value', 'throughput']).default('value'),
  smoothing: Smoothing,
});

/** A chart of curves as it was on the screen. */
export const LinesBlock = z.object({
  id: BlockId,
  kind: z.literal('lines'),
  title: z.string().max(300),
  yTitle: z.string().max(200),
  curves: z.array(ChartCurve).max(200),
  x: CurveX,
  isLogX: z.boolean(),
  isLogY: z.boolean(),
  /** The part of x that was zoomed into. */
  range: z.object({ min: z.number(), max: z.number() }).nullable(),
  /** The vertical axis leaves outliers out. */
  isClipped: z.boolean(),
  /** Values are shares, written in percent. */
  isShare: z.boolean(),
  spread: z.enum(SPREADS),
  drawn: z.enum(['band', 'traces', 'both']),
});

const scope = ComparisonScope.optional();

export const ReportBlock = z.discriminatedUnion('kind', [
  z.object({ id: BlockId, kind: z.literal('text'), markdown: z.string().max(200_000) }),
  z.object({ id: BlockId, kind: z.literal('auto'), section: z.enum(AUTO_SECTIONS), scope }),
  z.object({
    id: BlockId,
    kind: z.literal('curves'),
    metric: z.string().max(200),
    drawn: z.enum(['band', 'traces', 'both']),
    isLogY: z.boolean(),
    smoothing: Smoothing.default({ kind: 'none' }),
  }),
  LinesBlock,
  z.object({
    id: BlockId,
    kind: z.literal('table'),
    measures: z.array(z.string().max(200)).max(40),
    scope,
  }),
  z.object({ id: BlockId, kind: z.literal('cost'), cost: z.string().max(200), scope }),
  z.object({
    id: BlockId,
    kind: z.literal('heat'),
    series: z.string().max(200),
    /** Which runs; without, the first seed of each group. */
    maps: z
      .array(z.object({ run: RunId, label: z.string().max(500) }))
      .max(30)
      .optional(),
  }),
  /** Deviation of every convolution's response, in depth order or by size. */
  z.object({
    id: BlockId,
    kind: z.literal('responses'),
    /** Of one run at several moments; of several each at its last. */
    runs: z
      .array(
        z.object({
          run: RunId,
          label: z.string().max(500),
          colour: z.int().min(0).max(99),
          isDashed: z.boolean(),
        }),
      )
      .min(1)
      .max(30),
    isSorted: z.boolean(),
  }),
  /** What the best checkpoint of a run takes for what, and how well it knows each class. */
  z.object({
    id: BlockId,
    kind: z.literal('confusion'),
    run: RunId,
    label: z.string().max(500),
    order: z.enum(CLASS_ORDERS),
  }),
  /** How far the confidence of a run's best checkpoint can be trusted, before and after a temperature. */
  z.object({
    id: BlockId,
    kind: z.literal('calibration'),
    run: RunId,
    label: z.string().max(500),
  }),
  /** The network of a run's best checkpoint, which an HTML file carries and tries on a reader's images. */
  z.object({
    id: BlockId,
    kind: z.literal('network'),
    run: RunId,
    label: z.string().max(500),
  }),
  /** What a study or a measurement of a run found, whole or one figure of it. */
  z.object({
    id: BlockId,
    kind: z.literal('finding'),
    label: z.string().max(500),
    of: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('study'), study: z.string().max(64) }),
      z.object({
        kind: z.literal('probe'),
        run: RunId,
        probe: z.enum(PROBE_KINDS),
        /** When it was measured, which tells a run's measurements apart; left out: that of the best checkpoint. */
        at: z.string().max(64).optional(),
      }),
    ]),
    /** That it is about. */
    runs: z.array(RunId).max(200),
    figure: z.string().max(200).optional(),
  }),
  z.object({
    id: BlockId,
    kind: z.enum(['depth', 'settings', 'classes', 'difference']),
    scope,
  }),
]);

const MarkedRun = z.object({ id: RunId, mark: z.string().max(64) });

export const ReportDocument = z.object({
  format: z.literal(1).default(1),
  title: z.string().max(300),
  question: z.string().max(5_000),
  /** Each run with its mark when it was last looked at: another mark now means that it has changed. */
  runs: z.array(MarkedRun).max(200),
  /** Runs that only single blocks show: they are in no comparison of the report's own. */
  cited: z.array(MarkedRun).max(1000).default([]),
  measure: z.string().max(200),
  spread: z.enum(SPREADS),
  /** Empty: guessed from what differs. */
  study: z.string().max(300).default(''),
  baseline: z.string().max(200).default(''),
  isBySpec: z.boolean().default(true),
  lastK: z.int().min(1).max(10_000).default(5),
  blocks: z.array(ReportBlock).max(200),
});

/** A part of a report as every form of it writes it. */
export const ReportPiece = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('heading'), text: z.string() }),
  /** `html` is what the text became; it holds no element that the text could have brought along. */
  z.object({ kind: z.literal('markdown'), markdown: z.string(), html: z.string() }),
  z.object({ kind: z.literal('paragraph'), text: z.string(), isWarning: z.boolean() }),
  z.object({ kind: z.literal('list'), items: z.array(z.string()) }),
  z.object({
    kind: z.literal('table'),
    /** From 1, in the order of the report. */
    number: z.int(),
    caption: z.string(),
    columns: z.array(z.object({ title: z.string(), isNumber: z.boolean() })),
    rows: z.array(z.array(z.string())),
    /** Row and column of the best values. */
    best: z.array(z.tuple([z.int(), z.int()])).optional(),
  }),
  z.object({
    kind: z.literal('figure'),
    number: z.int(),
    title: z.string(),
    /** Drawn by shared/figures, which escapes every text. */
    svg: z.string(),
    note: z.string(),
    /** For charts of curves: JSON that an exported page zooms and reads (shared/figures/line-json). */
    lines: z.string().optional(),
  }),
  z.object({ kind: z.literal('code'), name: z.string(), text: z.string() }),
  /** A place to try a network; where a form can't carry one, `text` says so. */
  z.object({ kind: z.literal('network'), run: RunId, title: z.string(), text: z.string() }),
]);

export const RunChange = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['changed', 'missing']),
});

const Report = z.object({
  id: z.string(),
  document: ReportDocument,
  createdAt: z.string(),
  updatedAt: z.string(),
});

export const EXPORT_FORMATS = ['html', 'pdf', 'md', 'tex', 'csv', 'zip'] as const;

const Id = z.object({ id: z.string() });

export const reports = {
  'reports.list': query(
    Nothing,
    z.object({
      reports: z.array(
        z.object({ id: z.string(), title: z.string(), runs: z.int(), updatedAt: z.string() }),
      ),
    }),
  ),
  'reports.get': query(Id, Report),
  /** A document as it would look now, and which of its runs are not what they were. */
  'reports.preview': query(
    z.object({ document: ReportDocument }),
    z.object({
      blocks: z.array(z.object({ id: z.string(), pieces: z.array(ReportPiece) })),
      changes: z.array(RunChange),
      /** `shared/contract` has no types of the workspace; these are what a block may ask for. */
      metrics: z.array(z.string()),
      /** Networks that an HTML file of it can carry, with what that adds to the file. */
      networks: z.array(z.object({ run: RunId, label: z.string(), sizeBytes: z.number() })),
    }),
  ),
  /** Writes a first report about the runs; returns its id. */
  'reports.draft': command(
    z.object({
      runs: z.array(RunId).min(1).max(200),
      measure: z.string().max(200).optional(),
      spread: z.enum(SPREADS).optional(),
      study: z.string().max(300).optional(),
      baseline: z.string().max(200).optional(),
      isBySpec: z.boolean().optional(),
      lastK: z.int().min(1).max(10_000).optional(),
    }),
    Id,
  ),
  /** Puts a chart or table at the end of a report, or of a new one about its runs; returns its id. */
  'reports.addBlock': command(
    z.object({
      report: z.string().nullable(),
      /** Its id is given anew. */
      block: ReportBlock,
      /** Of a new report. */
      title: z.string().max(300),
    }),
    z.object({ id: z.string(), title: z.string() }),
  ),
  'reports.save': command(z.object({ id: z.string(), document: ReportDocument }), Nothing),
  'reports.duplicate': command(Id, Id),
  'reports.delete': command(Id, Nothing),
  'reports.restore': command(Id, Nothing),
  /** Takes note of the runs as they are now, so that they no longer count as changed. */
  'reports.refresh': command(Id, Nothing),
  /**
   * Makes the files; they are fetched with `exports.read` and kept for an hour. Progress until one `done`; ending
   * the subscription cancels.
   */
  'reports.export': subscription(
    z.object({
      id: z.string(),
      format: z.enum(EXPORT_FORMATS),
      withCheckpoints: z.boolean().default(false),
    }),
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('progress'), progress: Progress }),
      z.object({ kind: z.literal('done'), kept: KeptExport }),
    ]),
  ),
  /** Takes in a bundle: a path on the host, or what `datasets.finishUpload` returned. */
  'reports.import': command(
    z.object({ source: z.string().min(1) }),
    z.object({
      report: z.string().nullable(),
      added: z.array(z.string()),
      /** Runs of the same id that were here already; they stay as they are. */
      known: z.array(z.string()),
    }),
  ),
} as const;

export type ComparisonScope = z.output<typeof ComparisonScope>;
export type ChartCurve = z.output<typeof ChartCurve>;
export type LinesBlock = z.output<typeof LinesBlock>;
export type ReportBlock = z.output<typeof ReportBlock>;
export type ReportDocument = z.output<typeof ReportDocument>;
export type ReportPiece = z.output<typeof ReportPiece>;
export type RunChange = z.output<typeof RunChange>;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
export type AutoSection = (typeof AUTO_SECTIONS)[number];
