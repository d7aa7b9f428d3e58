// Finds the native TensorFlow library for this machine, or fetches and builds it once into the user's
// cache. With a staged runtime this costs a few milliseconds and starts no program.
import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { failure, hasErrorCode } from '../../shared/errors.ts';
import { cacheFolders, defaultCacheFolder, explainFileError, makeFolder } from './cache.ts';
import type { CacheFolders } from './cache.ts';
import { throwIfAborted } from './command.ts';
import { COMPILE_FLAGS } from './compile-binding.ts';
import { findExplicit, openExplicitRuntime, stageFromLibraries } from './explicit.ts';
import type { Explicit } from './explicit.ts';
import { BINDING_FILE } from './layout.ts';
import { withLock } from './lock.ts';
import { cheapFacts, gatherFacts } from './machine.ts';
import type { MachineFacts } from './machine.ts';
import { bindingHash } from './packages.ts';
import { findDamage, listFiles, listStaged, readRecord, toRuntime, writeRecord } from './record.ts';
import type { RuntimeRecord, StagedRuntime } from './record.ts';
import { chooseRoute, readWish } from './route.ts';
import type { Route } from './route.ts';
import type { Environment, OnProgress, Runtime } from './runtime.ts';
import { stageFromInstaller } from './stage-installer.ts';
import { stageFromWheel } from './stage-wheel.ts';
import type { StagedFiles } from './stage-wheel.ts';
import { verifyBinding } from './verify.ts';

export interface EnsureRuntimeOptions {
  /** Default: RESNET_LAB_CACHE, else the platform's cache folder. */
  readonly cacheFolder?: string | undefined;
  /** Default: process.env. */
  readonly env?: Environment | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Default: this machine's. Another machine's, to stage for it (a cluster's login node). */
  readonly facts?: MachineFacts | undefined;
}

interface Staging {
  readonly facts: MachineFacts | undefined;
  readonly folders: CacheFolders;
  readonly env: Environment;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal | undefined;
}

/** What is to be staged, whichever way. */
interface Plan {
  /** Everything that makes two runtimes different; a folder name. */
  readonly key: string;
  readonly facts: MachineFacts;
  readonly source: Route | Extract<Explicit, { kind: 'libraries' }>;
}

/** A runtime that can be used at once, or what would be staged. */
export type Outlook =
  | { readonly ready: Runtime }
  | { readonly ready?: never; readonly reasons: readonly string[]; readonly source: string };

/** What `ensureRuntime` would find, without fetching or building anything. */
export async function inspectRuntime(options: EnsureRuntimeOptions = {}): Promise<Outlook> {
  const staging = beginStaging(options);
  const found = await find(staging);
  if ('runtime' in found) return { ready: found.runtime };
  const { source } = found.plan;
  return { source: describeSource(source), reasons: 'kind' in source ? [] : source.reasons };
}

export async function ensureRuntime(options: EnsureRuntimeOptions = {}): Promise<Runtime> {
  const staging = beginStaging(options);
  throwIfAborted(options.signal);
  const found = await find(staging);
  if ('runtime' in found) {
    if (found.staged !== undefined) await rememberFacts(found.staged);
    return found.runtime;
  }
  const { plan } = found;
  const onWait = (owner: { readonly pid: number; readonly host: string }) =>
    staging.onProgress({
      step: 'wait',
      message: `Waiting for process ${owner.pid} on ${owner.host}, which is staging the same TensorFlow`,
    });
  const lock = path.join(staging.folders.locks, `${plan.key}.lock`);
  return await withLock(lock, { signal: options.signal, onWait }, async () => {
    const finished = await findReady(staging, plan);
    if (finished !== undefined) return toRuntime(finished, true);
    return toRuntime(await stage(staging, plan), false);
  });
}

function beginStaging(options: EnsureRuntimeOptions): Staging {
  const env = options.env ?? process.env;
  return {
    env,
    folders: cacheFolders(options.cacheFolder ?? defaultCacheFolder(env)),
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal,
    facts: options.facts,
  };
}

type Found =
  { readonly runtime: Runtime; readonly staged?: StagedRuntime } | { readonly plan: Plan };

async function find(staging: Staging): Promise<Found> {
  const explicit = await findExplicit(staging.env);
  if (explicit?.kind === 'runtime') {
    return { runtime: await openExplicitRuntime(explicit.folder, staging) };
  }
  const plan = await makePlan(staging, explicit);
  const ready = await findReady(staging, plan);
  return ready === undefined ? { plan } : { runtime: toRuntime(ready, true), staged: ready };
}

async function makePlan(
  staging: Staging,
  explicit: Extract<Explicit, { kind: 'libraries' }> | undefined,
): Promise<Plan> {
  const { facts, hash } = await currentFacts(staging);
  const machine = [facts.platform, facts.arch, hash];
  if (explicit !== undefined) {
    return { key: ['explicit', explicit.stamp, ...machine].join('-'), facts, source: explicit };
  }
  const route = chooseRoute(facts, readWish(staging.env));
  const { origin, device, tensorflowVersion } = route;
  return { key: [origin, device, tensorflowVersion, ...machine].join('-'), facts, source: route };
}

/** The facts in a staged runtime's record while nothing has changed, else new ones. */
async function currentFacts(staging: Staging) {
  const hash = await bindingHash(COMPILE_FLAGS);
  if (staging.facts !== undefined) return { facts: staging.facts, hash };
  const { fingerprint } = await cheapFacts();
  const staged = await listStaged(staging.folders.runtimes);
  const known = staged.find(
    // A GPU that could not be asked may answer by now: a reboot leaves no sign in the fingerprint.
    ({ record: { machine } }) =>
      machine.fingerprint === fingerprint && machine.gpus.problem === undefined,
  );
  if (known !== undefined) return { facts: known.record.machine, hash };
  staging.onProgress({ step: 'resolve', message: 'Looking at this machine' });
  return { facts: await gatherFacts(staging.env, staging.signal), hash };
}

/** A staged runtime of this key that is whole. */
async function findReady(
  { folders, onProgress }: Staging,
  { key, facts }: Plan,
): Promise<StagedRuntime | undefined> {
  const staged = await listStaged(folders.runtimes);
  const found = staged.find(({ record }) => record.key === key);
  if (found === undefined) return undefined;
  const damage = await findDamage(found);
  if (damage !== undefined) {
    const message = `The staged TensorFlow is damaged (${damage}) and is made anew`;
    onProgress({ step: 'resolve', message });
    return undefined;
  }
  return { folder: found.folder, record: { ...found.record, machine: facts } };
}

/** After a new driver that leads to the same choice: so that the next start need not ask again. */
async function rememberFacts({ folder, record }: StagedRuntime): Promise<void> {
  if ((await readRecord(folder))?.machine.fingerprint === record.machine.fingerprint) return;
  try {
    await writeRecord(folder, record);
  } catch (error) {
    // A read-only cache works as well, only slower.
    const readOnly = ['EROFS', 'EACCES', 'EPERM'].some((code) => hasErrorCode(error, code));
    if (!readOnly) throw error;
  }
}

/** Builds a runtime beside the finished ones and moves it into place in one step. Needs the lock. */
async function stage(staging: Staging, plan: Plan): Promise<StagedRuntime> {
  const { folders, onProgress } = staging;
  // A new name each time: a compiler whose parent was killed may still be writing under the old one.
  const building = path.join(folders.staging, `${plan.key}.${randomUUID()}`);
  const final = path.join(folders.runtimes, plan.key);
  onProgress({ step: 'resolve', message: describeSource(plan.source) });
  try {
    await makeFolder(folders.staging);
    await removeLeftovers(folders.staging, plan.key);
    await makeFolder(building);
    await makeFolder(folders.runtimes);
    const files = await stageFiles(staging, plan, building);
    const verified = await verifyBinding(path.join(building, BINDING_FILE), staging);
    onProgress({ step: 'stage', message: `Keeping it in ${final}` });
    const record: RuntimeRecord = {
      format: 1,
      key: plan.key,
      ...describeResult(plan.source, verified.usesGpu),
      tensorflowVersion: verified.tensorflowVersion,
      libraryFolder: files.libraryFolder,
      files: await listFiles(building, files.files),
      machine: plan.facts,
    };
    await writeRecord(building, record);
    await rm(final, { recursive: true, force: true });
    await rename(building, final);
    return { folder: final, record };
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw explainFileError(error, folders.root);
  }
}

/** What killed processes left half-done under a key; its lock is ours. */
async function removeLeftovers(stagingFolder: string, key: string): Promise<void> {
  for (const name of await readdir(stagingFolder)) {
    if (!name.startsWith(`${key}.`)) continue;
    await rm(path.join(stagingFolder, name), { recursive: true, force: true });
  }
}

async function stageFiles(staging: Staging, plan: Plan, folder: string): Promise<StagedFiles> {
  const { folders, env, onProgress, signal } = staging;
  const { source } = plan;
  if ('kind' in source) {
    return await stageFromLibraries(source, { folder, env, onProgress, signal });
  }
  if (plan.facts.libc.kind === 'musl') {
    throw failure(
      'musl-unsupported',
      'TensorFlow is published only for Linux with glibc and this one uses musl: use Debian, Ubuntu or Fedora (or a container of one), or set RESNET_LAB_RUNTIME to a TensorFlow built for musl.',
    );
  }
  const { device, tensorflowVersion } = source;
  const downloads = path.join(folders.downloads, plan.key);
  const options = { folder, downloads, device, tensorflowVersion, env, onProgress, signal };
  switch (source.origin) {
    case 'wheel':
      return await stageFromWheel(options);
    case 'installer':
      return await stageFromInstaller(options);
  }
}

function describeSource(source: Plan['source']): string {
  if ('kind' in source) return `TensorFlow's libraries in ${source.folder}`;
  const { origin, device, tensorflowVersion, reasons } = source;
  const from = origin === 'wheel' ? 'its Python wheel' : "tfjs-node-gpu's own installer";
  const where = device === 'cuda' ? 'the GPU' : 'the CPU';
  return `TensorFlow ${tensorflowVersion} for ${where} from ${from}: ${reasons.join(' ')}`;
}

function describeResult(
  source: Plan['source'],
  usesGpu: boolean,
): Pick<RuntimeRecord, 'origin' | 'device' | 'reasons'> {
  if ('kind' in source) {
    const reasons = [`RESNET_LAB_RUNTIME names the libraries in ${source.folder}.`];
    return { origin: 'explicit', device: usesGpu ? 'cuda' : 'cpu', reasons };
  }
  const { origin, device, reasons } = source;
  if (device === 'cpu' || usesGpu) return { origin, device, reasons };
  if (origin === 'wheel') {
    // Everything it needs was staged with it: training on the CPU instead would hide a fault.
    throw failure(
      'gpu-not-usable',
      'TensorFlow was staged for the GPU but sees none: check that nvidia-smi works and that the driver is 555 or newer, or set RESNET_LAB_RUNTIME_ROUTE=wheel-cpu to train on the CPU.',
    );
  }
  const missing =
    'TensorFlow 2.9.1 sees no GPU, most likely because CUDA 11 and cuDNN 8 are not installed, so training runs on the CPU.';
  return { origin, device: 'cpu', reasons: [missing, ...reasons] };
}
