// Finds the native TensorFlow library for this machine, or fetches and builds it once into the user's
// cache. With a staged runtime this costs a few milliseconds and starts no program.
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { COMPILE_FLAGS } from './compile-binding.ts';
import { cacheFolders, defaultCacheFolder, explainFileError, makeFolder } from './cache.ts';
import type { CacheFolders } from './cache.ts';
import { throwIfAborted } from './command.ts';
import { BINDING_FILE } from './layout.ts';
import { withLock } from './lock.ts';
import { cheapFacts, gatherFacts } from './machine.ts';
import type { MachineFacts } from './machine.ts';
import { bindingHash } from './packages.ts';
import { findDamage, listFiles, listStaged, toRuntime, writeRecord } from './record.ts';
import type { RuntimeRecord, StagedRuntime } from './record.ts';
import { chooseRoute, readWish } from './route.ts';
import type { Route } from './route.ts';
import type { Environment, OnProgress, Runtime } from './runtime.ts';
import { stageFromWheel } from './stage-wheel.ts';
import { verifyBinding } from './verify.ts';

export interface EnsureRuntimeOptions {
  /** Default: RESNET_LAB_CACHE, else the platform's cache folder. */
  readonly cacheFolder?: string | undefined;
  /** Default: process.env. */
  readonly env?: Environment | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Staging {
  readonly folders: CacheFolders;
  readonly env: Environment;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal | undefined;
}

export async function ensureRuntime(options: EnsureRuntimeOptions = {}): Promise<Runtime> {
  const env = options.env ?? process.env;
  const staging: Staging = {
    env,
    folders: cacheFolders(options.cacheFolder ?? defaultCacheFolder(env)),
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal,
  };
  throwIfAborted(options.signal);
  const facts = await currentFacts(staging);
  const route = chooseRoute(facts, readWish(env));
  const key = await runtimeKey(route, facts);
  const ready = await findReady(staging, key, facts);
  if (ready !== undefined) return toRuntime(ready, true);
  return await withLock(
    path.join(staging.folders.locks, `${key}.lock`),
    {
      signal: options.signal,
      onWait: (owner) =>
        staging.onProgress({
          step: 'wait',
          message: `Waiting for process ${owner.pid} on ${owner.host}, which is staging the same TensorFlow`,
        }),
    },
    async () => {
      const finished = await findReady(staging, key, facts);
      if (finished !== undefined) return toRuntime(finished, true);
      return toRuntime(await stage(staging, key, route, facts), false);
    },
  );
}

/** The facts in a staged runtime's record while nothing has changed, else new ones. */
async function currentFacts(staging: Staging): Promise<MachineFacts> {
  const { fingerprint } = await cheapFacts(staging.env);
  const staged = await listStaged(staging.folders.runtimes);
  const known = staged.find(({ record }) => record.machine.fingerprint === fingerprint);
  if (known !== undefined) return known.record.machine;
  staging.onProgress({ step: 'resolve', message: 'Looking at this machine' });
  return await gatherFacts(staging.env, staging.signal);
}

/** Everything that makes two runtimes different; a folder name. */
async function runtimeKey(route: Route, facts: MachineFacts): Promise<string> {
  const { origin, device, tensorflowVersion } = route;
  const hash = await bindingHash(COMPILE_FLAGS);
  return [origin, device, tensorflowVersion, facts.platform, facts.arch, hash].join('-');
}

async function findReady(
  staging: Staging,
  key: string,
  facts: MachineFacts,
): Promise<StagedRuntime | undefined> {
  const staged = await listStaged(staging.folders.runtimes);
  const found = staged.find(({ record }) => record.key === key);
  if (found === undefined) return undefined;
  const damage = await findDamage(found);
  if (damage !== undefined) {
    staging.onProgress({
      step: 'resolve',
      message: `The staged TensorFlow is damaged (${damage}) and is made anew`,
    });
    return undefined;
  }
  if (found.record.machine.fingerprint === facts.fingerprint) return found;
  const record = { ...found.record, machine: facts };
  await writeRecord(found.folder, record);
  return { folder: found.folder, record };
}

/** Builds a runtime beside the finished ones and moves it into place in one step. Needs the lock. */
async function stage(
  { folders, env, onProgress, signal }: Staging,
  key: string,
  route: Route,
  facts: MachineFacts,
): Promise<StagedRuntime> {
  const building = path.join(folders.staging, key);
  const downloads = path.join(folders.downloads, key);
  const final = path.join(folders.runtimes, key);
  onProgress({ step: 'resolve', message: describeRoute(route) });
  try {
    // Whatever a killed process left half-done under this key.
    await rm(building, { recursive: true, force: true });
    await makeFolder(building);
    await makeFolder(folders.runtimes);
    const common = { env, onProgress, signal };
    const files = await stageFromWheel({
      folder: building,
      downloads,
      device: route.device,
      tensorflowVersion: route.tensorflowVersion,
      ...common,
    });
    const verified = await verifyBinding(path.join(building, BINDING_FILE), common);
    onProgress({ step: 'stage', message: `Keeping it in ${final}` });
    const record: RuntimeRecord = {
      format: 1,
      key,
      origin: route.origin,
      device: route.device,
      tensorflowVersion: verified.tensorflowVersion,
      reasons: route.reasons,
      libraryFolder: files.libraryFolder,
      files: await listFiles(building, files.files),
      machine: facts,
    };
    await writeRecord(building, record);
    await rm(final, { recursive: true, force: true });
    await rename(building, final);
    return { folder: final, record };
  } catch (error) {
    throw explainFileError(error, folders.root);
  }
}

function describeRoute({ origin, device, tensorflowVersion, reasons }: Route): string {
  const what = origin === 'wheel' ? 'the Python wheel' : "tfjs-node-gpu's own installer";
  return `TensorFlow ${tensorflowVersion} for ${device === 'cuda' ? 'the GPU' : 'the CPU'} from ${what}: ${reasons.join(' ')}`;
}
