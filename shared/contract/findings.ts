// What a probe or a study found, as data: figures that any page or report can draw, sentences, a verdict
// with its rule. Nothing here knows a study; a new one needs no new drawing.
import { z } from 'zod';

const number = z.number().nullable();

/** A line or a row of points; `low` and `high` are the ends of the spread. */
const FigureSeries = z.object({
  label: z.string(),
  /** Which colour of the palette. */
  colour: z.int().min(0),
  /** Controls and published numbers. */
  isDashed: z.boolean().default(false),
  /** Joined by lines. */
  isJoined: z.boolean().default(true),
  points: z.array(
    z.object({
      x: z.number(),
      y: number,
      low: number.optional(),
      high: number.optional(),
      /** Said beside the values. */
      note: z.string().optional(),
    }),
  ),
});

export const FindingFigure = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('points'),
    id: z.string(),
    title: z.string(),
    xTitle: z.string(),
    yTitle: z.string(),
    isLogX: z.boolean().default(false),
    isLogY: z.boolean().default(false),
    series: z.array(FigureSeries),
  }),
  z.object({
    kind: z.literal('matrix'),
    id: z.string(),
    title: z.string(),
    xTitle: z.string(),
    yTitle: z.string(),
    valueTitle: z.string(),
    isLog: z.boolean().default(false),
    /** `around-zero`: blue below 0, orange above, on a symmetric scale; left out: from low to high. */
    colours: z.enum(['from-low-to-high', 'around-zero']).optional(),
    /** As a map from above, or as a surface in perspective. */
    view: z.enum(['map', 'surface']).default('map'),
    /** A map with lines of equal value. */
    hasContours: z.boolean().default(false),
    /** Lower and upper end; left out: those of the values. The same for figures that are compared. */
    scale: z.tuple([z.number(), z.number()]).optional(),
    /** From left to right, and from bottom to top. */
    columns: z.array(z.string()),
    rows: z.array(z.string()),
    /** Row-major, the bottom row first. */
    values: z.array(number),
  }),
  /** Small pictures in rows, the first row on top. */
  z.object({
    kind: z.literal('images'),
    id: z.string(),
    title: z.string(),
    /** Of each picture; three channels are red, green and blue, one is gray. */
    shape: z.object({ height: z.int(), width: z.int(), channels: z.int() }),
    /** Pictures in the longest row. */
    columns: z.int(),
    /** Each with base64 of bytes [pictures, H, W, C]. */
    rows: z.array(z.object({ name: z.string(), pixels: z.string() })),
  }),
]);

export const FindingTable = z.object({
  title: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.string())),
});

/** What one measurement says. */
export const Finding = z.object({
  sentences: z.array(z.string()),
  figures: z.array(FindingFigure),
  tables: z.array(FindingTable).default([]),
});

export const Outcome = z.enum(['reproduced', 'not-reproduced', 'inconclusive']);

export const Verdict = z.object({
  outcome: Outcome,
  /** When it counts as reproduced, in one sentence. */
  rule: z.string(),
  /** What was seen, with numbers. */
  seen: z.string(),
  /** Runs that it rests on. */
  n: z.int(),
});

export const StudySummary = Finding.extend({ verdict: Verdict });

export type FindingFigure = z.output<typeof FindingFigure>;
export type PointsFigure = Extract<FindingFigure, { kind: 'points' }>;
export type MatrixFigure = Extract<FindingFigure, { kind: 'matrix' }>;
export type ImagesFigure = Extract<FindingFigure, { kind: 'images' }>;
export type FigureSeries = z.output<typeof FigureSeries>;
export type FindingTable = z.output<typeof FindingTable>;
export type Finding = z.output<typeof Finding>;
export type Outcome = z.output<typeof Outcome>;
export type Verdict = z.output<typeof Verdict>;
export type StudySummary = z.output<typeof StudySummary>;
