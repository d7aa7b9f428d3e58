// Processes that do one kind of work for their owner (decoders, readers, checkers) and end with it. Node's `fork`
// everywhere: inside Electron its binary is told to behave as Node, which works from the main and from a utility
// process.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../shared/errors.ts';
import { childEnd } from './child-end.ts';

export interface HelperProcess {
  readonly child: ChildProcess;
  /** `SIGSEGV`, or `exit code 1`, after the last answer; or what kept it from being started. */
  readonly ended: Promise<string>;
}

export interface HelperOptions {
  /** Beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its standard error is piped; then it must be read. */
  readonly hasErrorOutput?: boolean;
}

declare const RESNET_LAB_IS_BUNDLED: boolean | undefined;

/** The helper's file beside the bundle that this code is in; undefined for unbundled sources. */
export function helperProgram(name: 'decoder' | 'reader' | 'checker'): string | undefined {
  if (typeof RESNET_LAB_IS_BUNDLED === 'undefined') return undefined;
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}

export function startHelper(
  program: string,
  { env = {}, hasErrorOutput = false }: HelperOptions = {},
): HelperProcess {
  const child = fork(program, [], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', ...env },
    // Messages are bytes.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', hasErrorOutput ? 'pipe' : 'ignore', 'ipc'],
    // Not this process's own: a debugger's port or a test runner's loader is not the helper's.
    execArgv: [],
  });
  const ended = childEnd(child).then(
    ({ code, signal }) => signal ?? `exit code ${code}`,
    (error: unknown) => messageOf(error),
  );
  return { child, ended };
}
