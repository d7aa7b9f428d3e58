// Run ids such as `r-02k4m8xq-7f3c`: eight characters of creation time (milliseconds since 2025), so
// ids sort by age, and four random ones, so ids of several machines don't meet and the end is enough
// to type. Crockford's alphabet: no i, l, o, u; what looks like a digit is read as one.
import { randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const originMs = Date.UTC(2025, 0, 1);
const timeLength = 8;
const tailLength = 4;

/** Random from the system, not seeded: an id must be new even when a run is repeated exactly. */
export function createRunId(nowMs = Date.now()): string {
  let rest = Math.max(0, Math.floor(nowMs - originMs));
  let time = '';
  for (let i = 0; i < timeLength; i++) {
    time = letter(rest) + time;
    rest = Math.floor(rest / 32);
  }
  const tail = Array.from(randomBytes(tailLength), letter).join('');
  return `r-${time}-${tail}`;
}

export interface IdPattern {
  /** How the whole id must begin. */
  readonly start: string;
  /** How it must end, for who types only the last part. */
  readonly tail: string | undefined;
}

/** What a typed reference can mean; undefined when no id can look like that. */
export function parseRunReference(typed: string): IdPattern | undefined {
  const letters = typed
    .trim()
    .toLowerCase()
    .replace(/^r-/, '')
    .replaceAll('-', '')
    .replace(/o/g, '0')
    .replace(/[il]/g, '1');
  if (letters === '' || letters.length > timeLength + tailLength) return undefined;
  if (!new RegExp(`^[${alphabet}]+$`).test(letters)) return undefined;
  const time = letters.slice(0, timeLength);
  const rest = letters.slice(timeLength);
  const start = letters.length > timeLength ? `r-${time}-${rest}` : `r-${time}`;
  return { start, tail: letters.length === tailLength ? `-${letters}` : undefined };
}

function letter(value: number): string {
  return alphabet.charAt(value % 32);
}
