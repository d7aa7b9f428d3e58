// Checks of the library in a process of their own where the program is bundled: the host answers meanwhile, and
// giving one up ends it at once, whatever SQLite is at. Tests run the sources, which no process can be started
// from; they check here, with the same functions.
import type { Progress } from '../../../shared/contract/app/common.ts';
import type { LibraryFindings } from '../../../shared/contract/app/library.ts';
import { failure } from '../../../shared/errors.ts';
import { createClient, type Client } from '../../../shared/rpc/client.ts';
import { isOfConnection } from '../../../shared/rpc/error-sentences.ts';
import { processWire } from '../../../shared/rpc/process-wire.ts';
import { checkDatabase } from '../../store/connection.ts';
import { helperProgram, startHelper } from '../../system/helper-process.ts';
import { checkFolder, type CheckWatch } from './check-whole.ts';
import { CHECKER_VERSION, checkerContract, type CheckerContract } from './checker-contract.ts';

interface Outside {
  readonly signal?: AbortSignal | undefined;
  /** For tests. */
  readonly program?: string | undefined;
}

/** As `checkDatabase`. @throws also `checker-failed`, the signal's reason */
export async function checkDatabaseOutside(
  file: string,
  depth: 'quick' | 'full',
  { signal, program = helperProgram('checker') }: Outside = {},
): Promise<readonly string[]> {
  if (program === undefined) return checkDatabase(file, depth);
  const { problems } = await askChecker({ program, what: file, signal }, (client, watch) =>
    client.perform('database', { file, depth }, watch),
  );
  return problems;
}

/** As `checkFolder`. @throws also `checker-failed` */
export async function checkLibraryOutside(
  home: string,
  { program = helperProgram('checker'), ...watch }: CheckWatch & Outside,
): Promise<LibraryFindings> {
  if (program === undefined) return checkFolder(home, watch);
  return await askChecker({ program, what: home, ...watch }, (client, listening) =>
    client.perform('library', { home }, listening),
  );
}

interface Asking extends Omit<Outside, 'program'>, Partial<CheckWatch> {
  readonly program: string;
  /** What is checked, for the sentence if the process dies. */
  readonly what: string;
}

async function askChecker<T>(
  { program, what, signal, onProgress }: Asking,
  ask: (
    client: Client<CheckerContract>,
    listening: { readonly onEvent: (progress: Progress) => void; readonly signal: AbortSignal },
  ) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const { child, ended } = startHelper(program);
  const client = createClient(checkerContract, processWire(child), { version: CHECKER_VERSION });
  // It changes nothing, so it may end anywhere.
  const onAbort = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await ask(client, {
      onEvent: (progress) => onProgress?.(progress),
      signal: new AbortController().signal,
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (!isOfConnection(error)) throw error;
    throw failure(
      'checker-failed',
      `The process that checked ${what} ended (${await ended}). Try again; if it happens every time, the file may be damaged: \`resnet-lab library restore\` goes back to a backup.`,
      { path: what },
    );
  } finally {
    signal?.removeEventListener('abort', onAbort);
    child.kill('SIGKILL');
    client.close();
  }
}
