// `resnet-lab doctor`: everything about the native library and the machine that helps to find out why
// training is slow or does not start. Looks only; it fetches, builds and changes nothing.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { hasErrorCode, toErrorDocument } from '../../shared/errors.ts';
import type { ErrorDocument } from '../../shared/errors.ts';
import { freeBytes } from '../system/disk.ts';
import { cacheFolders, defaultCacheFolder, folderBytes } from './cache.ts';
import { findCompiler } from './compile-binding.ts';
import type { Compiler } from './compile-binding.ts';
import { isDecidedByCheck, knownVerdict, type ConvolutionVerdict } from './convolution-check.ts';
import { findDeadEnds } from './dead-ends.ts';
import type { DeadEnd } from './dead-ends.ts';
import { hidesCaches } from './hidden-caches.ts';
import { findKernelFaults } from './kernel-faults.ts';
import type { KernelFault } from './kernel-faults.ts';
import { gatherFacts } from './machine.ts';
import type { Libc, MachineFacts } from './machine.ts';
import type { GpuReport } from './nvidia-smi.ts';
import { describeProcessor } from './processor.ts';
import type { Processor } from './processor.ts';
import { findPython } from './python.ts';
import { findDamage, listStaged } from './record.ts';
import { chooseRoute, readWish } from './route.ts';
import type { Route } from './route.ts';
import type { Environment } from './runtime.ts';
import { inspectRuntime } from './stage.ts';
import type { Outlook } from './stage.ts';

export interface DiagnoseOptions {
  readonly cacheFolder?: string | undefined;
  readonly env?: Environment | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CachedRuntime {
  readonly folder: string;
  readonly tensorflowVersion: string;
  readonly sizeBytes: number;
  /** What is wrong with it; null when it is whole. */
  readonly damage: string | null;
}

/** JSON-safe: `doctor --json` prints it. */
export interface Diagnosis {
  /** What a start would use; an error when it could not begin. */
  readonly outlook: Outlook | { readonly error: ErrorDocument };
  /** What each route would give, whichever is chosen. */
  readonly routes: readonly Route[];
  readonly tools: {
    readonly node: string;
    readonly python: { command: string; version: string; pipVersion: string | null } | null;
    readonly compiler: Compiler | null;
  };
  readonly cache: {
    readonly folder: string;
    readonly sizeBytes: number;
    readonly freeBytes: number | null;
    readonly runtimes: readonly CachedRuntime[];
  };
  readonly system: {
    readonly platform: string;
    readonly arch: string;
    readonly libc: Libc;
    readonly processor: Processor;
    readonly gpus: GpuReport;
  };
  readonly deadEnds: readonly DeadEnd[];
  /** Of the convolutions of the runtime that is ready; null where they were not checked yet. */
  readonly convolutionCheck: ConvolutionVerdict | null;
  /** Kernels of the CPU that are known to be wrong here. */
  readonly kernelFaults: readonly KernelFault[];
}

export async function diagnose(options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const env = options.env ?? process.env;
  const root = options.cacheFolder ?? defaultCacheFolder(env);
  const facts = await gatherFacts(env, options.signal);
  const processor = await describeProcessor();
  const python = await findPython(env, options.signal);
  const routes = [chooseRoute(facts, 'wheel'), chooseRoute(facts, 'installer')].filter(
    (route, index, all) => all.findIndex((other) => other.origin === route.origin) === index,
  );
  const outlook = await outlookOf(options, facts);
  const ready = 'ready' in outlook ? outlook.ready : undefined;
  const verdict = ready && isDecidedByCheck(ready) ? await knownVerdict(ready, root) : undefined;
  return {
    outlook,
    convolutionCheck: verdict ?? null,
    routes,
    tools: {
      node: process.version,
      python:
        python === undefined
          ? null
          : {
              command: python.command.join(' '),
              version: python.version,
              pipVersion: python.pipVersion ?? null,
            },
      compiler: (await findCompiler(env, options.signal)) ?? null,
    },
    cache: await describeCache(root),
    system: {
      platform: facts.platform,
      arch: facts.arch,
      libc: facts.libc,
      processor,
      gpus: facts.gpus,
    },
    deadEnds: findDeadEnds(facts, chosenRoute(facts, env), processor.instructionSets),
    kernelFaults: findKernelFaults({
      arch: facts.arch,
      instructionSets: processor.instructionSets,
      areCachesHidden: hidesCaches(),
      verdict,
      env,
    }),
  };
}

async function outlookOf(
  options: DiagnoseOptions,
  facts: MachineFacts,
): Promise<Diagnosis['outlook']> {
  try {
    return await inspectRuntime({ ...options, facts });
  } catch (error) {
    return { error: toErrorDocument(error) };
  }
}

/** A misspelt wish is reported by the outlook; the rest of the report is worth having all the same. */
function chosenRoute(facts: MachineFacts, env: Environment): Route {
  try {
    return chooseRoute(facts, readWish(env));
  } catch {
    return chooseRoute(facts, 'auto');
  }
}

async function describeCache(root: string): Promise<Diagnosis['cache']> {
  const runtimes: CachedRuntime[] = [];
  for (const staged of await listStaged(cacheFolders(root).runtimes)) {
    runtimes.push({
      folder: staged.folder,
      tensorflowVersion: staged.record.tensorflowVersion,
      sizeBytes: await folderBytes(staged.folder),
      damage: (await findDamage(staged)) ?? null,
    });
  }
  return {
    folder: root,
    sizeBytes: await folderBytes(root),
    freeBytes: await freeBytesNear(root),
    runtimes,
  };
}

/** Free space where a folder is or would be made; null when not even its root can be asked. */
async function freeBytesNear(folder: string): Promise<number | null> {
  try {
    await stat(folder);
    return await freeBytes(folder);
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT') && !hasErrorCode(error, 'ENOTDIR')) throw error;
    const parent = path.dirname(folder);
    return parent === folder ? null : await freeBytesNear(parent);
  }
}
