// What fuzz calls, by name. Each returns what it read as checksums by name, so that the suite can tell
// damage that nobody noticed.
import { createHash } from 'node:crypto';
import { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import { recipeConflict } from '../../../shared/spec/recipe-check.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import {
  parseRecipe,
  readArchitecture,
  readRecipe,
  runSpecs,
  type TrainOptions,
} from '../../cli/run-spec.ts';
import { readRange, splitsOf } from '../../data/dataset.ts';
import { openDataset } from '../../data/open.ts';
import { openIntact } from '../../data/sealed-tensor-file.ts';
import { examineCheckpoint } from '../../host/checkpoint-choice.ts';
import { importBundle } from '../../host/import-bundle.ts';
import { checkStartingWeights } from '../../host/starting-weights.ts';
import { checkLibrary } from '../../store/check-library.ts';
import { openLibrary, type Library } from '../../store/library.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { parseArchitecture } from '../../zoo/parse-architecture.ts';
import { getArchitecture } from '../../zoo/registry.ts';
import { summarize } from '../../zoo/summary.ts';

export interface Given {
  readonly json: unknown;
  /** What to open. */
  readonly file: string;
  /** To write into. */
  readonly folder: string;
}

export type Target = (given: Given) => Promise<Readonly<Record<string, string>>>;

export const targets: Readonly<Record<string, Target>> = {
  architecture: ({ json }) => {
    const spec = parseArchitecture(json);
    const input = { height: 32, width: 32, channels: 3 };
    const { parameters } = summarize(buildPlan(spec, { input, classes: 10 }));
    // What was accepted must be accepted again, unchanged.
    const again = JSON.stringify(ArchitectureSpec.parse(JSON.parse(JSON.stringify(spec))));
    if (again !== JSON.stringify(spec)) throw new Error('The canonical form is not canonical.');
    return Promise.resolve({ parameters: String(parameters) });
  },
  recipe: ({ json }) => {
    const recipe = parseRecipe(json);
    recipeConflict(recipe);
    if (
      JSON.stringify(parseRecipe(JSON.parse(JSON.stringify(recipe)))) !== JSON.stringify(recipe)
    ) {
      throw new Error('The canonical form is not canonical.');
    }
    return Promise.resolve({});
  },
  settings: ({ json }) => {
    const specs = runSpecs(json as TrainOptions);
    for (const spec of specs) RunSpec.parse(JSON.parse(JSON.stringify(spec)));
    return Promise.resolve({ specs: String(specs.length) });
  },
  'architecture-file': ({ file }) =>
    Promise.resolve({ spec: sum(JSON.stringify(readArchitecture(file))) }),
  'recipe-file': ({ file }) => Promise.resolve({ recipe: sum(JSON.stringify(readRecipe(file))) }),
  dataset: async ({ file, folder }) => {
    const dataset = await openDataset({
      source: file,
      cacheFolder: `${folder}/cache`,
    });
    try {
      for (const split of splitsOf(dataset)) {
        await readRange(split, 0, split.count, new Uint8Array(split.count * split.rowBytes));
      }
      return { problems: String(dataset.problems.length) };
    } finally {
      await dataset.close();
    }
  },
  weights: async ({ file, folder }) =>
    withLibrary(`${folder}/home`, async (library) => {
      const { spec: architecture } = getArchitecture('mini-basic-a');
      const spec = RunSpec.parse({
        ...{ architecture, data: { source: 'builtin:shapes' }, recipe: {}, seed: 0 },
        weights: file,
      });
      const input = { height: 32, width: 32, channels: 3 };
      const classes = Array.from({ length: 10 }, (_, i) => `class ${i}`);
      await checkStartingWeights(library, spec, { input, classes });
      return {};
    }),
  checkpoint: async ({ file, folder }) => {
    const name = file.split('/').at(-1) ?? '';
    const place = { runFolder: () => file.slice(0, -name.length) };
    await withLibrary(`${folder}/home`, () => Promise.resolve({}));
    const run = { id: RUN_ID, step: 1, elapsedMs: 0 };
    const { step, state } = await examineCheckpoint(place, run, { from: 'last', file: name });
    const source = await openIntact(file);
    try {
      const tensors = [...source.tensors.keys()];
      const values = await Promise.all(tensors.map((tensor) => source.readTensor(tensor)));
      return {
        state: sum(JSON.stringify([step, state])),
        ...Object.fromEntries(tensors.map((tensor, i) => [tensor, sum(values[i] ?? '')])),
      };
    } finally {
      await source.close();
    }
  },
  library: ({ file }) =>
    withLibrary(file, (library) => {
      checkLibrary(library);
      return Promise.resolve(seriesSums(library));
    }),
  bundle: ({ file, folder }) =>
    withLibrary(`${folder}/home`, async (library) => {
      await importBundle(library, file);
      return seriesSums(library);
    }),
};

/** Of the checkpoint that fuzz changes. */
export const RUN_ID = 'r-torture-0000';

async function withLibrary<T>(folder: string, work: (library: Library) => Promise<T>): Promise<T> {
  const library = openLibrary(folder);
  try {
    return await work(library);
  } finally {
    library.close();
  }
}

/** Of every series that can be read. */
function seriesSums(library: Library): Record<string, string> {
  const { runs } = library.runs.list();
  return Object.fromEntries(
    runs.flatMap(({ id }) =>
      library.series
        .readAll(id)
        .map(({ name, steps, values }) => [`${id} ${name}`, sum(steps, values)] as const),
    ),
  );
}

function sum(...parts: readonly (string | Uint8Array | Int32Array | Float32Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
