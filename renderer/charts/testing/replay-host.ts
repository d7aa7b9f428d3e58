// A host for looking at pages and for tests without one: a small library of made-up runs, one of them
// live. It answers what the Run and Runs pages ask and refuses everything else by name.
import type {
  CallInput,
  CallName,
  CallOutput,
  Host,
  Listener,
  SubscriptionEvent,
  SubscriptionName,
} from '../../client/host.ts';
import type { RunEvent, RunRow, SeriesData } from '../../../shared/contract/app/runs.ts';
import { boundsOf } from '../../../shared/compare/metric.ts';
import { CurveRequest } from '../../../shared/contract/app/curves.ts';
import type { CurveData } from '../../../shared/curves/curve-data.ts';
import { memberOf } from '../../../shared/curves/curve-member.ts';
import { drawnCurve } from '../../../shared/curves/drawn-curve.ts';
import { xContextOf } from '../../../shared/curves/run-curves.ts';
import { smoothingFor } from '../../../shared/curves/smooth.ts';
import type { NetworkOutline } from '../../../shared/contract/app/zoo.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import { createRng } from '../../../shared/rng.ts';
import { madeUpAccuracy, madeUpLoss, madeUpNorms, seriesOf } from './made-up-run.ts';

const STEPS_PER_EPOCH = 120;
const TOTAL = 2400;
const CLASSES = [
  'circle',
  'square',
  'triangle',
  'star',
  'cross',
  'ring',
  'moon',
  'heart',
  'arrow',
  'bolt',
];
const shape = { height: 32, width: 32, channels: 3 };
const totals = {
  parameters: 4e5,
  statistics: 3e3,
  macs: 4e7,
  activationBytesPerExample: 3e6,
  receptiveField: 59,
};

export function makeRows(count: number): RunRow[] {
  const rng = createRng(7, 'rows');
  return Array.from({ length: count }, (_, i) => {
    const architecture = ['resnet20', 'plain20', 'resnet32', 'wrn-16-8'][i % 4] ?? 'resnet20';
    const status = (
      i === 0
        ? 'running'
        : i === 1
          ? 'queued'
          : i === 5
            ? 'failed'
            : i === 6
              ? 'interrupted'
              : 'finished'
    ) as RunRow['status'];
    const step = status === 'finished' ? TOTAL : status === 'queued' ? 0 : 900;
    const createdAt = new Date(Date.now() - i * 3_700_000).toISOString();
    const accuracy = 0.93 - 0.02 * (i % 4) - 0.02 * rng.uniform();
    return {
      ...{
        id: `r-0000${String(i).padStart(4, '0')}-7f3c`,
        name: `${architecture} seed ${Math.floor(i / 4) % 3}`,
        architecture,
        status,
        step,
        createdAt,
      },
      group: i < 24 ? `depth study ${Math.floor(i / 12)}` : null,
      seed: Math.floor(i / 4) % 3,
      startedAt: status === 'queued' ? null : createdAt,
      finishedAt: status === 'finished' ? createdAt : null,
      dataName: 'shapes',
      dataFingerprint: 'ab12cd34ef56',
      classCount: 10,
      codeVersion: '0.1.0+882a8cc',
      totalSteps: TOTAL,
      epoch: step / STEPS_PER_EPOCH,
      elapsedMs: step * 40,
      metrics:
        step === 0
          ? {}
          : {
              bestValAccuracy: accuracy,
              bestStep: step - 121,
              lastValAccuracy: accuracy - 0.004,
              lastTrainLoss: 0.2 + 0.3 * rng.uniform(),
              lastValLoss: 0.31,
              imagesPerSecond: 1480,
              parameters: 269722,
              peakMemoryBytes: 8.1e8,
            },
      checkpoints:
        step === 0
          ? {}
          : {
              last: { step, file: 'last.safetensors', sizeBytes: 1e6, sha256: 'aa' },
              best: { step, file: 'best.safetensors', sizeBytes: 1e6, sha256: 'bb' },
            },
      error:
        status === 'failed'
          ? {
              code: 'diverged',
              message:
                'The loss became infinite at step 900; the first block with numbers that are not finite is layer2.1. Lower the learning rate or clip gradients.',
              fault: 'failure' as const,
              details: {},
            }
          : null,
      notes: '',
      tags: i % 3 === 0 ? ['baseline'] : [],
      queuePosition: status === 'queued' ? 0 : null,
    };
  });
}

function outlineOf(): NetworkOutline {
  const blocks = [0, 1, 2].flatMap((stage) =>
    [0, 1, 2].map((index) => ({
      name: `layer${stage + 1}.${index}`,
      stage,
      gate: stage * 3 + index,
      input: shape,
      output: { height: 32 >> stage, width: 32 >> stage, channels: 16 << stage },
      branch: `3×3 ${16 << stage} → 3×3 ${16 << stage}`,
      shortcut: stage > 0 && index === 0 ? ('pad' as const) : ('identity' as const),
      merge: 'add' as const,
      survival: 1,
      parameters: 30_000,
      macs: 1e6,
    })),
  );
  const units = ['stem', ...blocks.map(({ name }) => name), 'head'];
  return {
    ...totals,
    depth: 20,
    stages: [],
    blocks,
    units,
    convolutions: ['conv1', ...blocks.flatMap(({ name }) => [`${name}.conv1`, `${name}.conv2`])],
  };
}

export class ReplayHost implements Host {
  readonly #rows: RunRow[];
  readonly #series = new Map<string, SeriesData[]>();
  readonly #listeners = new Set<Listener<RunEvent>>();
  #step = 900;

  constructor(count = 60) {
    this.#rows = makeRows(count);
  }

  /** The live run takes `steps` more. */
  advance(steps: number): void {
    const [live] = this.#rows;
    if (!live) return;
    this.#step = Math.min(TOTAL, this.#step + steps);
    const epoch = this.#step / STEPS_PER_EPOCH;
    const progress = {
      step: this.#step,
      totalSteps: TOTAL,
      epoch,
      loss: 0.42,
      accuracy: 0.86,
      rate: 0.1,
      imagesPerSecond: 1480,
      elapsedMs: this.#step * 40,
      remainingMs: (TOTAL - this.#step) * 40,
    };
    this.#tell({ kind: 'progress', id: live.id, progress });
    this.#tell({ kind: 'points', id: live.id, step: this.#step - 1 });
  }

  onState(listener: (state: { readonly kind: 'open' }) => void): () => void {
    listener({ kind: 'open' });
    return () => undefined;
  }

  subscribe<N extends SubscriptionName>(
    name: N,
    _input: unknown,
    listener: Listener<SubscriptionEvent<N>>,
  ): () => void {
    if (name === 'runs.events') this.#listeners.add(listener as Listener<RunEvent>);
    return () => this.#listeners.delete(listener as Listener<RunEvent>);
  }

  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>> {
    const answer = this.#answer(name, input);
    return Promise.resolve(answer as CallOutput<N>);
  }

  #tell(event: RunEvent): void {
    for (const listener of this.#listeners) void listener.onEvent(event);
  }

  #answer(name: string, input: Readonly<Record<string, unknown>>): unknown {
    const run = this.#rows.find(({ id }) => id === input['id']);
    switch (name) {
      case 'app.settings':
        return { theme: 'system', views: {}, resumeRuns: true };
      case 'app.changeSettings':
        return {};
      case 'app.info':
        return {
          version: '0.1.0',
          codeVersion: 'x',
          platform: 'linux',
          libraryFolder: '/',
          capabilities: {},
        };
      case 'runs.list':
        return { runs: this.#rows };
      case 'runs.get':
        return {
          ...run,
          spec: specOf(run),
          data: dataFacts(),
          prepared: prepared(),
          environment: {},
        };
      case 'zoo.outline':
        return { spec: {}, outline: outlineOf() };
      case 'runs.series':
        return { series: this.#seriesOf(run, input) };
      case 'curves.read':
        return {
          curves: (input['curves'] as unknown[]).map((one) =>
            this.#curveOf(CurveRequest.parse(one)),
          ),
        };
      case 'runs.log':
        return { text: 'epoch 1 of 20  loss 1.204\nepoch 2 of 20  loss 0.931\n' };
      case 'runs.mistakes':
        return { mistakes: mistakes() };
      case 'datasets.tiles':
        return tiles(input['indices'] as number[]);
      default:
        throw new Error(`The replayed host does not answer ${name}.`);
    }
  }

  #curveOf(request: CurveRequest): CurveData | null {
    const members = request.runs.flatMap((id) => {
      const run = this.#rows.find((row) => row.id === id);
      const [series] = this.#seriesOf(run, { names: [request.series] });
      if (!run || !series) return [];
      const on = { run: id, context: xContextOf(run, STEPS_PER_EPOCH), batch: 128 };
      return memberOf(series, request, on) ?? [];
    });
    if (members.length === 0) return null;
    const drawn = drawnCurve(
      { counted: members, others: [] },
      {
        ...request,
        smoothing: smoothingFor(request.series, request.smoothing),
        bounds: boundsOf(request.series),
      },
    );
    const mark = `${request.runs.join()} ${this.#step}`;
    return { ...drawn, mark };
  }

  #seriesOf(run: RunRow | undefined, input: Readonly<Record<string, unknown>>): SeriesData[] {
    if (!run || run.step === 0) return [];
    const known = this.#series.get(run.id) ?? allSeries(run);
    this.#series.set(run.id, known);
    const end = run.status === 'running' ? this.#step : run.step;
    const from = (input['fromStep'] as number | undefined) ?? 0;
    const names = input['names'] as string[] | undefined;
    return known
      .filter(({ name }) => names?.includes(name) ?? true)
      .map((one) => cut(one, from, end));
  }
}

function cut(series: SeriesData, fromStep: number, endStep: number): SeriesData {
  const from = series.steps.findIndex((step) => step >= fromStep);
  const found = series.steps.findIndex((step) => step >= endStep);
  const to = found < 0 ? series.steps.length : found;
  const start = from < 0 ? to : from;
  return {
    ...series,
    steps: series.steps.slice(start, to),
    elapsedMs: series.elapsedMs.slice(start, to),
    values: series.values.slice(start * series.width, to * series.width),
    pointCount: to,
  };
}

function allSeries(run: RunRow): SeriesData[] {
  const seed = Number(run.id.slice(2, 10));
  const outline = outlineOf();
  const floor = 0.1 + (seed % 4) * 0.05;
  const validation = (name: string, read: (epoch: number) => number): SeriesData => {
    const epochs = Array.from({ length: TOTAL / STEPS_PER_EPOCH }, (_, i) => i + 1);
    const steps = Int32Array.from(epochs, (epoch) => epoch * STEPS_PER_EPOCH - 1);
    return {
      ...seriesOf(name, '', Float32Array.from(epochs, read)),
      steps,
      elapsedMs: Float64Array.from(steps, (step) => step * 40),
    };
  };
  const rng = createRng(seed, 'val');
  const norms = (name: string, labels: readonly string[]): SeriesData =>
    madeUpNorms({ seed, samples: TOTAL / 10, labels, every: 10, name });
  return [
    madeUpLoss({ seed, steps: TOTAL, floor }),
    madeUpAccuracy({ seed, steps: TOTAL, floor }),
    seriesOf(
      'train/rate',
      '',
      Float32Array.from({ length: TOTAL }, (_, i) => 0.05 * (1 + Math.cos((Math.PI * i) / TOTAL))),
    ),
    validation(
      'val/loss',
      (epoch) => 0.25 + floor + 1.6 * Math.exp(-epoch / 4) + 0.02 * rng.normal(),
    ),
    validation(
      'val/accuracy',
      (epoch) => 0.95 - floor / 2 - 0.7 * Math.exp(-epoch / 4) + 0.01 * rng.normal(),
    ),
    norms('block/gradient-norm', outline.units),
    norms('block/update-ratio', outline.units),
    norms('block/input-gradient-norm', outline.units),
    norms('conv/response-deviation', outline.convolutions),
  ];
}

function specOf(run: RunRow | undefined): RunSpec {
  return RunSpec.parse({
    architecture: {
      name: run?.architecture ?? 'resnet20',
      stem: { kind: 'cifar', width: 16 },
      stages: [16, 32, 64].map((width, i) => ({ blocks: 3, width, stride: i === 0 ? 1 : 2 })),
      block: { kind: 'basic' },
      shortcut: run?.architecture.startsWith('plain') ? 'none' : 'A',
    },
    data: { source: 'builtin:shapes' },
    recipe: {},
    seed: run?.seed ?? 0,
  });
}

function dataFacts(): unknown {
  return {
    name: 'shapes',
    fingerprint: 'ab12',
    input: shape,
    classes: CLASSES,
    counts: { train: 15360, val: 2000, test: 2000 },
    problems: 0,
    residency: 'resident',
    normalization: { mean: [], deviation: [] },
  };
}

function prepared(): unknown {
  const { units, convolutions } = outlineOf();
  return {
    tensorflow: '2.21.0',
    tfjs: '4.22.0',
    node: '20.20.2',
    device: 'cpu',
    parameters: 269722,
    graphNodes: 2301,
    recordMs: 1200,
    totalSteps: TOTAL,
    stepsPerEpoch: STEPS_PER_EPOCH,
    firstStep: 0,
    units,
    convolutions,
  };
}

function mistakes(): unknown {
  const rng = createRng(3, 'mistakes');
  const confusion = CLASSES.flatMap((_, label) =>
    CLASSES.map((__, predicted) => (label === predicted ? 150 + rng.below(45) : rng.below(9))),
  );
  const worst = Array.from({ length: 120 }, (_, index) => {
    const label = rng.below(10);
    const confidence = 0.995 - index * 0.004;
    return {
      index,
      source: `val/${CLASSES[label]}/${index}.png`,
      label,
      predicted: (label + 1 + rng.below(9)) % 10,
      confidence,
      labelProbability: (1 - confidence) / 2,
      loss: 6 - index / 30,
    };
  });
  return { step: 900, confusion, classes: CLASSES, examples: 2000, worst };
}

function tiles(indices: readonly number[]): unknown {
  const rng = createRng(5, 'tiles');
  const pixels = Uint8Array.from(
    { length: indices.length * 32 * 32 * 3 },
    (_, i) => 60 + ((i / 96) % 120) + rng.below(60),
  );
  return {
    shape,
    count: indices.length,
    pixels,
    labels: indices.map(() => 0),
    sources: indices.map(String),
    indices: [...indices],
  };
}
