import { test } from 'vitest';
import { buildPlan } from '../zoo/build-plan.ts';
import { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { recordProgram } from './recording/recorded-program.ts';
import { createEagerProgram } from './recording/eager-program.ts';
import {
  evaluateFunction,
  stateOf,
  trainFunction,
  slotName,
  type NetworkProgramOptions,
} from './network/steps.ts';
import { initialWeights } from './network/initialize.ts';
import { weightsOf, sizeOf } from '../zoo/parameters.ts';

test('scratch', () => {
  const n = Number(process.env.N ?? 1),
    B = Number(process.env.B ?? 16);
  const spec = ArchitectureSpec.parse({
    stem: { kind: 'cifar', width: 16 },
    stages: [
      { blocks: n, width: 16 },
      { blocks: n, width: 32, stride: 2 },
      { blocks: n, width: 64, stride: 2 },
    ],
    block: { kind: 'basic' },
    shortcut: 'A',
  });
  const plan = buildPlan(spec, { input: { height: 32, width: 32, channels: 3 }, classes: 10 });
  const options: NetworkProgramOptions = {
    plan,
    batch: B,
    data: { kind: 'resident', count: 256 },
    normalization: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
    augmentation: { pad: 4, flip: true },
    labelSmoothing: 0,
    optimizer: {
      momentum: 0.9,
      nesterov: false,
      weightDecay: 1e-4,
      decayNormAndBias: true,
      clipNorm: undefined,
    },
  };
  const p = {
    state: stateOf(options),
    functions: [trainFunction(options), evaluateFunction(options)],
  };
  let t = performance.now();
  const rec = recordProgram(p);
  console.log('record', performance.now() - t, rec.nodes.length);
  const images = new Uint8Array(256 * 32 * 32 * 3).map((_, i) => (i * 7919) % 251),
    labels = new Int32Array(256).map((_, i) => i % 10);
  const write = (prog: typeof rec | ReturnType<typeof createEagerProgram>) => {
    const state = new Map<string, Float32Array | Int32Array | Uint8Array>(initialWeights(plan, 1));
    for (const w of weightsOf(plan))
      if (w.trained) state.set(slotName(w.name), new Float32Array(sizeOf(w.shape)));
    state.set('data/images', images);
    state.set('data/labels', labels);
    prog.write(state);
  };
  const eager = createEagerProgram({
    ...p,
    functions: [trainFunction({ ...options, withoutDiagnostics: true })],
  });
  for (const prog of [rec, eager]) {
    write(prog);
    const times = [];
    for (let i = 0; i < (prog === rec ? 12 : 4); i++) {
      t = performance.now();
      const r = prog.run('train', {
        feeds: {
          indices: new Int32Array(B).map((_, j) => (i * B + j) % 256),
          seed: new Int32Array([1, i]),
          rate: new Float32Array([0.1]),
          gates: new Float32Array(plan.blocks.length).fill(1),
        },
        outputs: ['metrics'],
        update: true,
      });
      times.push((performance.now() - t).toFixed(1));
      if (i < 4) console.log(r.metrics!.values);
    }
    console.log(times.join(' '));
  }
  const hist = new Map<string, number>();
  for (const nd of rec.nodes) hist.set(nd.op, (hist.get(nd.op) ?? 0) + 1);
  console.log(
    [...hist]
      .sort((a, b) => b[1] - a[1])
      .map(([k, v]) => `${k} ${v}`)
      .join(', '),
  );
});
