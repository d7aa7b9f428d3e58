// A host for one test: a library in a temporary folder, trainers that act, a runtime that is not there.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, onTestFinished } from 'vitest';
import type { Runtime } from '../../runtime/runtime.ts';
import { openLibrary } from '../../store/library.ts';
import { outlineData } from '../dataset-outline.ts';
import type { HostParts } from '../host-parts.ts';
import { chromiumPrinter } from '../print-pdf.ts';
import { forkLauncher, type TrainerHandle } from '../trainer-launcher.ts';
import { networkScript, pageScript } from './bundled-programs.ts';
import { exampleSpec } from './example-spec.ts';

export { exampleSpec };

export type Act =
  | 'finish'
  | 'crash'
  | 'crash-later'
  | 'abort'
  | 'garbage'
  | 'deaf'
  | 'fail'
  | 'linger'
  | 'wait-at-6';

const bundles = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-acting-'));
afterAll(() => fs.rmSync(bundles, { recursive: true, force: true }));

/** Node 20 does not read TypeScript. */
export const actingTrainer = path.join(bundles, 'trainer.mjs');
await build({
  entryPoints: [fileURLToPath(new URL('acting-trainer.ts', import.meta.url))],
  outfile: actingTrainer,
  bundle: true,
  platform: 'node',
  format: 'esm',
});

export const noRuntime: Runtime = {
  bindingPath: '/nowhere/tfjs_binding.node',
  libraryFolder: '/nowhere',
  tensorflowVersion: '0',
  device: 'cpu',
  origin: 'explicit',
  cached: true,
  reasons: [],
};

export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-host-'));
  onTestFinished(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export interface TestHost {
  readonly parts: HostParts;
  /** Every trainer that was started. */
  readonly trainers: readonly TrainerHandle[];
  /** Another act for the trainers to come. */
  readonly perform: (act: Act) => void;
}

export async function testHost(act: Act, spec = exampleSpec()): Promise<TestHost> {
  const library = openLibrary(temporaryFolder());
  onTestFinished(() => library.close());
  const { fingerprint } = await outlineData(spec.data, { cacheFolder: library.cacheFolder });
  const trainers: TrainerHandle[] = [];
  let current = act;
  const launcher = forkLauncher(actingTrainer);
  return {
    trainers,
    perform: (next) => {
      current = next;
    },
    parts: {
      library,
      launcher: {
        launch: (environment) => {
          const trainer = launcher.launch({ ...environment, RESNET_LAB_ACT: current });
          trainers.push(trainer);
          return trainer;
        },
      },
      ensureRuntime: () => Promise.resolve(noRuntime),
      codeVersion: 'test',
      printPdf: chromiumPrinter({ env: process.env }),
      pageScript,
      networkScript,
      env: { ...process.env, RESNET_LAB_ACT_FINGERPRINT: fingerprint },
    },
  };
}
