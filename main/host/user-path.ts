// A path as a person types it: `~` is their home folder. Shells expand it only where a word begins, not in
// `--data=~/photos`, and the app's fields have no shell.
import os from 'node:os';
import path from 'node:path';

/** The absolute path. */
export function userPath(typed: string): string {
  return path.resolve(expandHome(typed));
}

/** `~` and `~/…` with the home folder in place; anything else, `~name` too, as it is. */
export function expandHome(typed: string): string {
  return typed.replace(/^~(?=$|[\\/])/, () => os.homedir());
}
