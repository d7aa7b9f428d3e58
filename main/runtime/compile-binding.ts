// Compiles tfjs-node-gpu's own binding sources against a given TensorFlow. It must be compiled, never
// taken prebuilt, for any TensorFlow but 2.9.1: the libraries' symbols are versioned.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { failure } from '../../shared/errors.ts';
import { explainFileError } from './cache.ts';
import { lastLines, runCommand } from './command.ts';
import { bindingSources, nodeApiIncludeFolder } from './packages.ts';
import type { Environment, OnProgress } from './runtime.ts';

/** Part of a runtime's key: changing them must not reuse a binding built without them. */
export const COMPILE_FLAGS = ['-O2', '-std=c++17', '-shared', '-fPIC', '-DNAPI_VERSION=8'] as const;

export interface CompileOptions {
  /** Where `tfjs_binding.node` shall be. */
  readonly bindingPath: string;
  readonly includeFolders: readonly string[];
  /** Absolute paths of the libraries to link. */
  readonly libraries: readonly string[];
  /** Folders in which the loader shall look, absolute or relative to the binding's folder. */
  readonly searchFolders: readonly string[];
  readonly env: Environment;
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal | undefined;
}

export interface Compiler {
  readonly program: string;
  readonly version: string;
}

/** The C++ compiler: `CXX` if set (and then only that), else the first of the usual names. */
export async function findCompiler(
  env: Environment,
  signal?: AbortSignal,
): Promise<Compiler | undefined> {
  for (const program of compilerCandidates(env)) {
    const [name = program, ...args] = program.split(' ').filter((part) => part !== '');
    const result = await runCommand(name, [...args, '--version'], { env, signal });
    if (result.found && result.exitCode === 0) {
      return { program, version: result.stdout.split('\n')[0]?.trim() ?? '' };
    }
  }
  return undefined;
}

export function compilerCandidates(env: Environment): readonly string[] {
  const chosen = env['CXX'];
  return chosen ? [chosen] : ['c++', 'g++', 'clang++'];
}

export async function requireCompiler(env: Environment, signal?: AbortSignal): Promise<Compiler> {
  if (process.platform === 'win32') {
    throw failure(
      'no-prebuilt-binding',
      "On Windows the TensorFlow binding is only taken prebuilt, through tfjs-node-gpu's installer; check the network, unset RESNET_LAB_RUNTIME, and start again.",
    );
  }
  const compiler = await findCompiler(env, signal);
  if (compiler !== undefined) return compiler;
  const hint =
    process.platform === 'darwin'
      ? 'run "xcode-select --install"'
      : 'install one (Debian, Ubuntu: "sudo apt install g++"; Fedora: "sudo dnf install gcc-c++")';
  throw failure(
    'no-compiler',
    `No C++ compiler was found (tried ${compilerCandidates(env).join(', ')}), and one is needed once to build the TensorFlow binding: ${hint}, or set CXX to yours, then start again.`,
    { details: { tried: compilerCandidates(env) } },
  );
}

export async function compileBinding(options: CompileOptions): Promise<void> {
  const { env, onProgress, signal } = options;
  const compiler = await requireCompiler(env, signal);
  onProgress({ step: 'compile', message: `Compiling the binding with ${compiler.program}` });
  try {
    await mkdir(path.dirname(options.bindingPath), { recursive: true });
  } catch (error) {
    throw explainFileError(error, path.dirname(options.bindingPath));
  }
  const sources = (await bindingSources()).filter((file) => file.endsWith('.cc'));
  const [program = compiler.program, ...compilerArgs] = compiler.program.split(' ');
  const args = [...compilerArgs, ...compileArguments(options, sources)];
  const result = await runCommand(program, args, { env, signal });
  if (result.exitCode === 0) return;
  const output = lastLines(result.stderr);
  if (/no space left on device/i.test(result.stderr)) {
    const full = Object.assign(new Error(output.join('\n')), { code: 'ENOSPC' });
    throw explainFileError(full, path.dirname(options.bindingPath));
  }
  const first = output.find((line) => /error/i.test(line)) ?? output.at(-1) ?? 'it said nothing';
  throw failure(
    'compile-failed',
    `${compiler.program} (${compiler.version}) could not compile the TensorFlow binding: ${first.trim()}; try another compiler by setting CXX (GCC 9 or Clang 10 and newer work).`,
    { details: { command: [program, ...args], output } },
  );
}

export function compileArguments(
  options: Pick<CompileOptions, 'bindingPath' | 'includeFolders' | 'libraries' | 'searchFolders'>,
  sources: readonly string[],
  platform: NodeJS.Platform = process.platform,
): readonly string[] {
  const origin = platform === 'darwin' ? '@loader_path' : '$ORIGIN';
  const searchFolders = options.searchFolders.map((folder) =>
    path.isAbsolute(folder) ? folder : `${origin}/${folder.split(path.sep).join('/')}`,
  );
  return [
    ...COMPILE_FLAGS,
    // Node's own symbols (napi_*) are resolved when the process loads the binding.
    ...(platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
    ...[nodeApiIncludeFolder(), ...options.includeFolders].map((folder) => `-I${folder}`),
    ...sources,
    // Libraries that only TensorFlow opens later (CUDA) must stay in the list of needed ones.
    ...(platform === 'linux' ? ['-Wl,--no-as-needed'] : []),
    ...options.libraries,
    ...searchFolders.map((folder) => `-Wl,-rpath,${folder}`),
    '-o',
    options.bindingPath,
  ];
}
