// Studies as they are told: what each asks, what it is set to, how far it is, what it found.
import { z } from 'zod';
import { ArchitectureSpec } from '../spec/architecture.ts';
import { DataSpec } from '../spec/run.ts';
import { StudySummary } from './findings.ts';

export const PRESETS = ['quick', 'paper'] as const;
export const Preset = z.enum(PRESETS);

export const StudyAbout = z.object({
  name: z.string(),
  /** What a card shows. */
  question: z.string(),
  title: z.string(),
  claim: z.string(),
  paper: z.string(),
  arxiv: z.string(),
  /** How it is done, in about three sentences. */
  method: z.string(),
  /** What to try next. */
  next: z.string(),
  /** What each preset trains and measures, in one sentence. */
  presets: z.object({ quick: z.string(), paper: z.string() }),
});

/** What may be chosen of a study. */
export const StudySetting = z.strictObject({
  preset: Preset,
  data: DataSpec,
  /** The network that the study varies; left out: the preset's. */
  network: ArchitectureSpec.optional(),
  /** Left out: the preset's. */
  seeds: z.array(z.int().min(0)).min(1).max(50).optional(),
  /** Of each training; left out: the preset's. */
  steps: z.int().positive().optional(),
});

export const STUDY_STATUSES = ['running', 'paused', 'finished', 'failed'] as const;

/** One line of a study's progress. */
export const StudyRunState = z.object({
  key: z.string(),
  label: z.string(),
  seed: z.int(),
  /** Null: not made yet. */
  run: z.string().nullable(),
  status: z.string(),
  /** 0 … 1. */
  fraction: z.number(),
  /** It was there before the study. */
  isReused: z.boolean(),
});

export const StudyProbeState = z.object({
  key: z.string(),
  kind: z.string(),
  run: z.string().nullable(),
  label: z.string(),
  status: z.enum(['waiting', 'running', 'done', 'failed']),
  message: z.string().optional(),
});

export const StudyRow = z.object({
  id: z.string(),
  name: z.string(),
  setting: StudySetting,
  status: z.enum(STUDY_STATUSES),
  /** Why it failed. */
  error: z.string().nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
});

export const StudyDetail = StudyRow.extend({
  runs: z.array(StudyRunState),
  probes: z.array(StudyProbeState),
  summary: StudySummary,
});

/** What a study costs here, before it starts. */
export const StudyCost = z.object({
  runs: z.int(),
  /** Finished runs that fit are taken. */
  reused: z.int(),
  probes: z.int(),
  steps: z.int(),
  /** Of the trainings on one device; null where the speed is not known. */
  trainingMs: z.number().nullable(),
  /** Of the measurements that are not made yet; null where the speed is not known. */
  measuringMs: z.number().nullable(),
  from: z.enum(['runs', 'processor']).nullable(),
  /** Of the largest training. */
  memoryBytes: z.number(),
});

export type Preset = z.output<typeof Preset>;
export type StudyAbout = z.output<typeof StudyAbout>;
export type StudySetting = z.output<typeof StudySetting>;
export type StudyRow = z.output<typeof StudyRow>;
export type StudyDetail = z.output<typeof StudyDetail>;
export type StudyCost = z.output<typeof StudyCost>;
export type StudyRunState = z.output<typeof StudyRunState>;
export type StudyProbeState = z.output<typeof StudyProbeState>;
export type StudyStatus = StudyRow['status'];
