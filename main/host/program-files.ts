// Where the bundled programs lie. They are siblings, whichever shared chunk this code ends up in; see
// main/build/entry-points.mjs.
import { fileURLToPath } from 'node:url';

/** The trainer's entry point. Only meaningful in a bundle; tests name theirs. */
export function trainerFile(): string {
  return fileURLToPath(new URL('./trainer.js', import.meta.url));
}
