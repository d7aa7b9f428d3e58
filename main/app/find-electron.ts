// Is there an Electron to open a window with? Looks where the npm package `electron` keeps its binary,
// without loading the package: that alone would start a download.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { messageOf } from '../../shared/errors.ts';

export type FoundElectron = { readonly path: string } | { readonly reason: string };

export interface FindElectronOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  /** Undefined on Windows. */
  readonly userId?: number | undefined;
  /** The folder of the npm package, or undefined where it isn't installed. */
  readonly packageFolder?: string | undefined;
}

const fetchIt = 'fetch it with "npx --no install-electron"';

/** `reason` completes "No window: …". */
export function findElectron(options: FindElectronOptions = {}): FoundElectron {
  const {
    env = process.env,
    platform = process.platform,
    userId = process.getuid?.(),
    packageFolder = installedPackage(),
  } = options;
  if (packageFolder === undefined) return { reason: 'the npm package electron is not installed' };
  const binary = binaryOf(packageFolder, env);
  if ('reason' in binary) return binary;
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) {
    return { reason: 'there is no display (DISPLAY and WAYLAND_DISPLAY are not set)' };
  }
  if (platform === 'linux' && userId === 0) {
    return { reason: "Electron's sandbox does not work for root; start as another user" };
  }
  return binary;
}

function binaryOf(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): FoundElectron {
  const elsewhere = env['ELECTRON_OVERRIDE_DIST_PATH'];
  const name = read(path.join(folder, 'path.txt'));
  if (name === undefined && !elsewhere) {
    return { reason: `Electron's binary is not there; ${fetchIt}` };
  }
  const file = path.join(elsewhere ?? path.join(folder, 'dist'), name ?? 'electron');
  if (!fs.existsSync(file)) return { reason: `Electron's binary ${file} is missing; ${fetchIt}` };
  if (elsewhere) return { path: file };
  const has = read(path.join(folder, 'dist', 'version'))?.replace(/^v/, '');
  const wanted = versionOf(folder);
  if (has !== wanted) {
    return {
      reason: `Electron's binary is ${has ?? 'of unknown version'}, not ${wanted}; ${fetchIt}`,
    };
  }
  return { path: file };
}

function installedPackage(): string | undefined {
  try {
    return path.dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    return undefined;
  }
}

function versionOf(folder: string): string {
  const file = path.join(folder, 'package.json');
  try {
    return String((JSON.parse(fs.readFileSync(file, 'utf8')) as { version?: unknown }).version);
  } catch (error) {
    return `what ${file} says (${messageOf(error)})`;
  }
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
