// The staged library together with what is known of its convolutions on this processor.
import { defaultCacheFolder } from './cache.ts';
import {
  checkConvolutions,
  isDecidedByCheck,
  knownVerdict,
  rememberVerdict,
} from './convolution-check.ts';
import type { Runtime } from './runtime.ts';
import { ensureRuntime, type EnsureRuntimeOptions } from './stage.ts';

/** As `ensureRuntime`; the first time on a processor it takes some seconds more. */
export async function ensureCheckedRuntime(options: EnsureRuntimeOptions = {}): Promise<Runtime> {
  const runtime = await ensureRuntime(options);
  if (!isDecidedByCheck(runtime)) return runtime;
  const { env = process.env, onProgress, signal } = options;
  const cacheFolder = options.cacheFolder ?? defaultCacheFolder(env);
  const known = await knownVerdict(runtime, cacheFolder);
  if (known !== undefined) return { ...runtime, wrongConvolutions: kindsOf(known.faults) };
  const message = "Checking oneDNN's convolutions on this processor";
  onProgress?.({ step: 'verify', message });
  const verdict = await checkConvolutions(runtime, { env, signal });
  if (verdict === undefined) return runtime;
  await rememberVerdict(runtime, cacheFolder, verdict);
  return { ...runtime, wrongConvolutions: kindsOf(verdict.faults) };
}

function kindsOf<Kind>(faults: readonly { readonly kind: Kind }[]): Kind[] {
  return [...new Set(faults.map(({ kind }) => kind))];
}
