// Tools that read runs. None of them changes anything.
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { RUN_STATUSES } from '../../shared/contract/run-status.ts';
import { summarizeComparison } from '../host/comparison-summary.ts';
import type { HostParts } from '../host/host-parts.ts';
import { readSeries as seriesOf, thinnedSeries } from '../host/run-series.ts';
import { readLogTail } from '../host/services/run-log.ts';
import { toRunDetail, toRunRow } from '../host/services/run-rows.ts';
import { defined, tool, type Tool } from './tool.ts';

const Run = z.string().min(1).max(64).describe('A run: its id, or the last four characters of it.');

const OVER = ['finished', 'failed', 'interrupted', 'paused'];
const LOOK_EVERY_MS = 500;

/** Tools tell nothing of the queue. */
const NO_POSITIONS: ReadonlyMap<string, number> = new Map();

export function runTools(parts: HostParts): Tool[] {
  return [listRuns, getRun, readSeries, readLog, compareRuns, waitForRun].map((toolOf) =>
    toolOf(parts),
  );
}

function listRuns({ library }: HostParts): Tool {
  return tool({
    name: 'list_runs',
    title: 'List runs',
    description: 'Runs of the library, the newest first: names, status, steps, accuracies.',
    input: z.object({
      status: z.array(z.enum(RUN_STATUSES)).optional(),
      group: z.string().optional().describe('Runs that were made to be compared.'),
      text: z.string().optional().describe('Part of a name, id, architecture, group or notes.'),
      limit: z.int().min(1).max(200).default(50),
      offset: z.int().min(0).default(0),
    }),
    writes: false,
    work: (query) => {
      const { runs, total } = library.runs.list(defined(query));
      return { runs: runs.map((run) => toRunRow(run, NO_POSITIONS)), total };
    },
  });
}

function getRun({ library }: HostParts): Tool {
  return tool({
    name: 'get_run',
    title: 'Read a run',
    description:
      'All that is known of a run: spec, data, metrics, checkpoints, machine, and which series it has.',
    input: z.object({ run: Run }),
    writes: false,
    work: ({ run: reference }) => {
      const run = library.runs.get(reference);
      return { ...toRunDetail(run, NO_POSITIONS), series: library.series.list(run.id) };
    },
  });
}

function readSeries({ library }: HostParts): Tool {
  return tool({
    name: 'read_series',
    title: 'Read curves',
    description:
      'Points of a run’s series, such as train/loss or val/accuracy: steps, training time in ms, values. Series of every block have a value for each label. Thinned to max_points: each part keeps its extremes.',
    input: z.object({
      run: Run,
      names: z.array(z.string()).max(100).default([]).describe('All without.'),
      max_points: z.int().min(10).max(10_000).default(200),
    }),
    writes: false,
    work: ({ run: reference, names, max_points }) => {
      const { run, series } = seriesOf(library, reference, names);
      return {
        run: run.id,
        series: series.map((one) => {
          const { name, unit, labels, steps, elapsedMs, values } = thinnedSeries(one, max_points);
          return {
            ...{ name, unit, labels, pointCount: one.steps.length, steps: Array.from(steps) },
            ...{ elapsedMs: Array.from(elapsedMs), values: Array.from(values) },
          };
        }),
      };
    },
  });
}

function readLog({ library }: HostParts): Tool {
  return tool({
    name: 'read_log',
    title: 'Read a run’s log',
    description: 'The end of what the run’s trainer has printed.',
    input: z.object({ run: Run, tail_bytes: z.int().min(1).max(200_000).default(8000) }),
    writes: false,
    work: async ({ run, tail_bytes }) => ({
      text: await readLogTail(library.runFolder(library.runs.get(run).id), tail_bytes),
    }),
  });
}

function compareRuns({ library, codeVersion }: HostParts): Tool {
  return tool({
    name: 'compare_runs',
    title: 'Compare runs',
    description:
      'Seeds of one spec become a group with mean and standard deviation; verdicts say which group is better and how sure that is, concerns what else differs. Under three finished seeds a side nothing is said about better or worse.',
    input: z.object({
      runs: z.array(Run).min(1).max(200),
      measure: z
        .string()
        .optional()
        .describe('Such as "best val/accuracy", "final train/loss" or "cost time".'),
      study: z
        .string()
        .optional()
        .describe('What is varied on purpose, such as "architecture" or "recipe.batch".'),
    }),
    writes: false,
    work: ({ runs, ...options }) => summarizeComparison({ library, codeVersion }, runs, options),
  });
}

function waitForRun({ library }: HostParts): Tool {
  return tool({
    name: 'wait_for_run',
    title: 'Wait for a run',
    description:
      'Returns when the run has ended (or paused), or after timeout_seconds with how far it is.',
    input: z.object({ run: Run, timeout_seconds: z.number().min(0).max(600).default(60) }),
    writes: false,
    work: async ({ run: reference, timeout_seconds }, signal) => {
      const { id } = library.runs.get(reference);
      const end = performance.now() + timeout_seconds * 1000;
      for (;;) {
        const run = library.runs.get(id);
        const isOver = OVER.includes(run.status);
        if (isOver || performance.now() >= end) return { isOver, run: toRunRow(run, NO_POSITIONS) };
        await delay(LOOK_EVERY_MS, undefined, { signal });
      }
    },
  });
}
