// Whether the processor keeps its caches' sizes to itself, as some virtual machines make it.
import fs from 'node:fs';

const PROCESSOR = '/sys/devices/system/cpu/cpu0';

/** Only Linux can tell; elsewhere caches count as known. */
export function hidesCaches(): boolean {
  return fs.existsSync(PROCESSOR) && !fs.existsSync(`${PROCESSOR}/cache`);
}
