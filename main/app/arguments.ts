// What the app was started with: `--home DIR` and things to open. Knows neither Electron's own switches
// nor Chromium's; whatever else begins with a dash is theirs.
import path from 'node:path';

export interface AppArguments {
  readonly home: string | undefined;
  /** Absolute paths. */
  readonly open: readonly string[];
}

/** `args` without the program and, in a checkout, without the script. */
export function parseArguments(args: readonly string[], workingFolder: string): AppArguments {
  let home: string | undefined;
  const open: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--home') home = args[++i];
    else if (arg.startsWith('--home=')) home = arg.slice('--home='.length);
    else if (arg !== '' && !arg.startsWith('-')) open.push(path.resolve(workingFolder, arg));
  }
  return {
    home: home === undefined || home === '' ? undefined : path.resolve(workingFolder, home),
    open,
  };
}
