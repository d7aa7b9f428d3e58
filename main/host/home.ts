// Where the library folder is: named on the command line, in the environment, or the platform's place
// for an application's own data. Touches no file.
import os from 'node:os';
import path from 'node:path';
import { userPath } from './user-path.ts';

export interface HomeOptions {
  /** `--home`. */
  readonly home?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
}

export function homeFolder(options: HomeOptions = {}): string {
  const { home, env = process.env, platform = process.platform } = options;
  const chosen = home || env['RESNET_LAB_HOME'];
  if (chosen) return userPath(chosen);
  const user = os.homedir();
  if (platform === 'win32') {
    return path.join(env['APPDATA'] || path.join(user, 'AppData', 'Roaming'), 'resnet-lab');
  }
  if (platform === 'darwin') {
    return path.join(user, 'Library', 'Application Support', 'resnet-lab');
  }
  const xdg = env['XDG_DATA_HOME'];
  // The XDG specification says to ignore a relative path.
  return path.join(
    xdg && path.isAbsolute(xdg) ? xdg : path.join(user, '.local', 'share'),
    'resnet-lab',
  );
}
