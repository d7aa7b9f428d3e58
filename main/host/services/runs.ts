// What is known of runs, for the page. What is done with them: run-actions.ts and run-records.ts.
import os from 'node:os';
import type { z } from 'zod';
import { ImageShape } from '../../../shared/contract/app/common.ts';
import { runOf } from '../../../shared/contract/app/run-growth.ts';
import { inputError } from '../../../shared/errors.ts';
import { describeIssue } from '../../../shared/spec/issue-sentence.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import { cheapFacts } from '../../runtime/machine.ts';
import type { HostParts } from '../host-parts.ts';
import type { RunBacklog } from '../scheduling/run-backlog.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { clearlyFits, costOf, estimateEpoch, recipeLoad } from './estimate.ts';
import type { HandlersOf } from './handlers.ts';
import type { LibraryWatch } from './library-watch.ts';
import { availableMemory, processUse } from './machine-memory.ts';
import type { MistakeService } from './mistakes.ts';
import type { RunEventHub } from './run-event-hub.ts';
import { readLogTail } from './run-log.ts';
import { queuePositions, toRunDetail, toRunRow } from './run-rows.ts';
import { createSpeedSamples } from './speed-samples.ts';

export interface RunsOptions {
  readonly parts: HostParts;
  readonly scheduler: Scheduler;
  readonly backlog: RunBacklog;
  readonly hub: RunEventHub;
  readonly watch: LibraryWatch;
  readonly mistakes: MistakeService;
}

export class RunsService {
  readonly #options: RunsOptions;
  readonly #speeds: ReturnType<typeof createSpeedSamples>;

  constructor(options: RunsOptions) {
    this.#options = options;
    this.#speeds = createSpeedSamples(options.parts.library);
  }

  get #library() {
    return this.#options.parts.library;
  }

  readonly handlers = {
    'runs.list': ({ includeDeleted }) => {
      const positions = queuePositions(this.#library);
      const pages = [
        this.#library.runs.list(),
        ...(includeDeleted ? [this.#library.runs.list({ deleted: true })] : []),
      ];
      const runs = pages.flatMap((page) => page.runs);
      return Promise.resolve({
        runs: runs.map((run) => toRunRow(this.#options.backlog.seen(run), positions)),
        damaged: pages.flatMap((page) => page.damaged),
      });
    },
    'runs.get': ({ id }) => {
      const run = this.#options.backlog.seen(this.#library.runs.get(id));
      return Promise.resolve(toRunDetail(run, queuePositions(this.#library)));
    },
    'runs.events': async (_input, { signal, emit }) => {
      if (signal.aborted) return;
      this.#options.watch.begin();
      const end = this.#options.hub.subscribe((event) => {
        void emit(event, { latest: `${event.kind} ${runOf(event)}` });
      });
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      end();
    },
    'runs.log': async ({ id, tailBytes }) => {
      const run = this.#library.runs.get(id);
      return { text: await readLogTail(this.#library.runFolder(run.id), tailBytes) };
    },
    'runs.estimate': async ({ spec, input: given, classes, examples }) => {
      const input = parseInput(given);
      const { architecture, recipe, devices } = spec;
      const load = recipeLoad(recipe, devices);
      const cost = costOf({ architecture, input, classes, examples, ...load });
      const availableBytes = availableMemory() + this.#heldBytes();
      const cores = (await cheapFacts()).hasNvidiaDriver ? undefined : os.availableParallelism();
      const work = { macs: cost.macs, batch: recipe.batch, examples };
      return {
        memoryBytes: cost.totalBytes,
        availableBytes,
        fits: clearlyFits(cost.totalBytes, availableBytes),
        epoch: estimateEpoch(work, this.#speeds(), cores) ?? null,
        parts: { ...cost.memory },
      };
    },
    'runs.specs': ({ ids }) =>
      Promise.resolve({
        specs: ids.flatMap((id) => {
          const run = this.#library.runs.find(id);
          const spec = run === undefined ? undefined : RunSpec.safeParse(run.spec).data;
          return spec === undefined ? [] : [{ id, spec }];
        }),
      }),
    'runs.mistakes': async ({ id, limit }, { signal }) => {
      const run = this.#library.runs.get(id);
      return { mistakes: await this.#options.mistakes.get(run, { limit, signal }) };
    },
  } satisfies Partial<HandlersOf<'runs'>>;

  /** What this host's trainers hold will be free by the time a new run has its turn. */
  #heldBytes(): number {
    return this.#options.scheduler.active.reduce(
      (sum, { pid }) => sum + (pid === undefined ? 0 : (processUse(pid)?.memoryBytes ?? 0)),
      0,
    );
  }
}

function parseInput(given: unknown): z.output<typeof ImageShape> {
  const parsed = ImageShape.safeParse(given);
  if (parsed.success) return parsed.data;
  const { sentence } = describeIssue(parsed.error, {
    ...{ value: given, document: 'The image size', fields: ['height', 'width', 'channels'] },
  });
  throw inputError('bad-input', `The image size can't be read: ${sentence}`, { path: 'input' });
}
