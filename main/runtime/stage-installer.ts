// The installer route: tfjs-node-gpu's own `scripts/install.js`, run in a private copy of the package
// so that node_modules stays untouched. It fetches libtensorflow 2.9.1 and, where there is one, the
// prebuilt binding; otherwise the binding is compiled here, without node-gyp.
import { chmod, copyFile, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { failure, hasErrorCode } from '../../shared/errors.ts';
import { explainFileError, requireSpace } from './cache.ts';
import { lastLines, runCommand } from './command.ts';
import { compileBinding } from './compile-binding.ts';
import { archiveLibraries, BINDING_FILE, LIBRARY_FOLDER } from './layout.ts';
import { resolveFromTfjs, tfjsModuleFolders, tfjsPackageFolder } from './packages.ts';
import type { StagedFiles, StageFilesOptions } from './stage-wheel.ts';

/** What the script and the compiler need of the package. */
const COPIED = ['package.json', 'scripts', 'binding', 'binding.gyp'] as const;

/** The GPU build of libtensorflow unpacks to 1.2 GB, the CPU build to 420 MB. */
const NEED_BYTES = { cpu: 0.7e9, cuda: 2e9 } as const;

export async function stageFromInstaller(options: StageFilesOptions): Promise<StagedFiles> {
  const { folder, device, env, onProgress, signal } = options;
  await requireSpace(path.dirname(folder), NEED_BYTES[device], 'for libtensorflow');
  const from = tfjsPackageFolder();
  for (const name of COPIED) {
    await cp(path.join(from, name), path.join(folder, name), { recursive: true });
  }
  const tools = path.join(folder, 'tools');
  await writeNodePreGyp(tools);
  onProgress({
    step: 'download',
    message: `Running tfjs-node-gpu's installer for libtensorflow ${options.tensorflowVersion} (${device === 'cuda' ? 'GPU' : 'CPU'})`,
  });
  const result = await runCommand(
    process.execPath,
    ['scripts/install.js', device === 'cuda' ? 'gpu' : 'cpu', 'download'],
    { cwd: folder, env: installerEnvironment(env, tools), signal },
  );
  const libraryFolder = path.join(folder, LIBRARY_FOLDER);
  const libraries = archiveLibraries(process.platform);
  const staged = await namesIn(libraryFolder);
  if (result.exitCode !== 0 || libraries.some((name) => !staged.includes(name))) {
    throw explainInstallerError(result.stdout, result.stderr, folder);
  }
  const bindingPath = path.join(folder, BINDING_FILE);
  if (!(await namesIn(path.dirname(bindingPath))).includes(path.basename(bindingPath))) {
    await compileHere(options, bindingPath, libraryFolder, libraries);
  }
  if (process.platform === 'win32') {
    // Windows looks for a DLL beside the one that needs it; the script's own link goes to a folder
    // named for Node's Node-API version instead of the binding's.
    for (const name of libraries) {
      await copyFile(path.join(libraryFolder, name), path.join(path.dirname(bindingPath), name));
    }
  }
  for (const name of [...COPIED, 'tools', 'build-tmp-napi-v8', path.join('deps', 'include')]) {
    await rm(path.join(folder, name), { recursive: true, force: true });
  }
  return { libraryFolder: LIBRARY_FOLDER, files: [path.dirname(BINDING_FILE), LIBRARY_FOLDER] };
}

/**
 * The script calls `node-pre-gyp install --fallback-to-build` from the PATH. Ours runs the real one
 * without the fallback, which would need node-gyp and Node's headers, and never fails: a missing
 * binding is compiled afterwards. It is not taken from node_modules/.bin, which a packed app lacks.
 */
async function writeNodePreGyp(tools: string): Promise<void> {
  const real = path.join(
    path.dirname(resolveFromTfjs('@mapbox/node-pre-gyp/package.json')),
    'bin',
    'node-pre-gyp',
  );
  await mkdir(tools);
  if (process.platform === 'win32') {
    const batch = `@"${process.execPath}" "${real}" install\r\n@exit /b 0\r\n`;
    await writeFile(path.join(tools, 'node-pre-gyp.cmd'), batch);
    return;
  }
  const script = path.join(tools, 'node-pre-gyp');
  await writeFile(script, `#!/bin/sh\n${quote(process.execPath)} ${quote(real)} install\nexit 0\n`);
  await chmod(script, 0o755);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Everything the user set is passed on, TFJS_NODE_CDN_STORAGE and TFJS_NODE_BASE_URI among it. */
function installerEnvironment(env: StageFilesOptions['env'], tools: string) {
  // Windows spells it Path; two spellings in one environment would be one too many.
  const name = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  const modules = [...tfjsModuleFolders(), ...(env['NODE_PATH'] ? [env['NODE_PATH']] : [])];
  return {
    ...env,
    [name]: [tools, env[name] ?? ''].join(path.delimiter),
    // The copy has no node_modules beside it.
    NODE_PATH: modules.join(path.delimiter),
    ELECTRON_RUN_AS_NODE: '1',
  };
}

async function compileHere(
  options: StageFilesOptions,
  bindingPath: string,
  libraryFolder: string,
  libraries: readonly string[],
): Promise<void> {
  await compileBinding({
    bindingPath,
    includeFolders: [path.join(path.dirname(libraryFolder), 'include')],
    libraries: libraries.map((name) => path.join(libraryFolder, name)),
    searchFolders: [path.relative(path.dirname(bindingPath), libraryFolder)],
    env: options.env,
    onProgress: options.onProgress,
    signal: options.signal,
  });
}

function explainInstallerError(stdout: string, stderr: string, folder: string): unknown {
  const output = lastLines(`${stdout}\n${stderr}`);
  if (/ENOSPC|no space left/i.test(stderr)) {
    const full = Object.assign(new Error(output.join('\n')), { code: 'ENOSPC' });
    return explainFileError(full, path.dirname(folder));
  }
  const address = /^https?:\/\/\S+/m.exec(stdout)?.[0];
  const from = address === undefined ? '' : ` from ${address}`;
  const details = { output };
  if (/ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH/.test(stderr)) {
    return failure(
      'no-network',
      `tfjs-node-gpu's installer could not reach its server${from}: check the network or HTTPS_PROXY, or set TFJS_NODE_CDN_STORAGE to a mirror, and start again.`,
      { details },
    );
  }
  if (/Unsupported system/.test(stderr)) {
    return failure(
      'unsupported-system',
      `tfjs-node-gpu's installer has no libtensorflow for ${process.platform} on ${process.arch}; set RESNET_LAB_RUNTIME to a folder with TensorFlow's libraries.`,
      { details },
    );
  }
  return failure(
    'installer-failed',
    `tfjs-node-gpu's installer did not bring libtensorflow${from}: what the server sent is no such archive or was cut short; start again, or set TFJS_NODE_CDN_STORAGE to a mirror that has it.`,
    { details },
  );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}
