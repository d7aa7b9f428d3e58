// How numbers are written for people, in the window and on the command line alike: significant
// digits instead of decimals, a space before the unit, no locale. Never for machine-readable output.

/** `7`, `950`, `1.73 M`, `40.6 M`, `4.09 G`: three significant digits with a decimal prefix. */
export function formatCount(count: number): string {
  return withPrefix(count, 1000, ['', 'k', 'M', 'G', 'T', 'P']);
}

/** `512 B`, `1.50 KiB`, `3.20 GiB`. */
export function formatBytes(sizeBytes: number): string {
  return withPrefix(sizeBytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);
}

/** `269,722`: every digit, for numbers that are compared exactly. */
export function formatExact(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 image`, `1,204 images`; `plural` where an s is not enough. */
export function formatQuantity(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatExact(count)} ${count === 1 ? noun : plural}`;
}

/** `85 ms`, `9.4 s`, `42 s`, `3 min 5 s`, `1 h 12 min`, `2 d 3 h`: at most two units. */
export function formatDuration(durationMs: number): string {
  if (!Number.isFinite(durationMs)) return 'unknown';
  if (durationMs < 0) return `-${formatDuration(-durationMs)}`;
  if (durationMs < 999.5) return `${Number(durationMs.toPrecision(3))} ms`;
  if (durationMs < 9950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return twoUnits(seconds, [60, 'min'], [1, 's']);
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return twoUnits(minutes, [60, 'h'], [1, 'min']);
  return twoUnits(Math.round(minutes / 60), [24, 'd'], [1, 'h']);
}

/** `1 min 12 s left`, `under 1 s left`; empty where nothing is left or it is not known. */
export function formatTimeLeft(remainingMs: number): string {
  if (!(remainingMs > 0) || remainingMs === Infinity) return '';
  return remainingMs < 999.5 ? 'under 1 s left' : `${formatDuration(remainingMs)} left`;
}

/** A fraction as `91.3 %`. */
export function formatPercent(fraction: number): string {
  return Number.isFinite(fraction) ? `${(fraction * 100).toFixed(1)} %` : String(fraction);
}

/** `0.6931`, `2.303`, `1204`; scientific (`3.100e-5`) where plain digits would hide the size. */
export function formatSignificant(value: number, digits = 4): string {
  if (!Number.isFinite(value) || value === 0) return String(value);
  const size = Math.abs(value);
  return size >= 10 ** Math.max(digits, 3) || size < 0.001
    ? value.toExponential(digits - 1)
    : value.toPrecision(digits);
}

/** A gradient or weight norm: three digits, scientific outside 0.01–1000. */
export function formatNorm(norm: number): string {
  if (!Number.isFinite(norm) || norm === 0) return String(norm);
  const size = Math.abs(norm);
  return size < 0.01 || size > 1000 ? norm.toExponential(2) : threeDigits(norm);
}

function withPrefix(value: number, base: number, units: readonly string[]): string {
  if (!Number.isFinite(value)) return String(value);
  let scaled = value;
  let step = 0;
  // What would round up to the next prefix belongs to it: 999,999 is 1.00 M, not 1000 k.
  while (step < units.length - 1 && Number(threeDigits(scaled)) >= base) {
    scaled /= base;
    step++;
  }
  const digits = step === 0 && Number.isInteger(scaled) ? String(scaled) : threeDigits(scaled);
  return `${digits} ${units[step] ?? ''}`.trimEnd();
}

/** Three significant digits, or all of the whole part, never in scientific form. */
function threeDigits(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

function twoUnits(
  total: number,
  [size, large]: readonly [number, string],
  [, small]: readonly [number, string],
): string {
  const rest = total % size;
  const whole = `${Math.floor(total / size)} ${large}`;
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}

/** Numbers are kept as float32: equal ones have a mean that may differ from them in the last digits. */
const SPREAD_DUST = 1e-6;

/** Half a spread as it may be written beside its mean: 0 where it is only rounding. */
export function shownSpread(mean: number, half: number): number {
  return half > Math.abs(mean) * SPREAD_DUST ? half : 0;
}

/** `a, b and 3 more`: the first ones, and how many more there are. */
export function firstOf(names: readonly string[], most: number): string {
  const rest = names.length - most;
  return names.slice(0, most).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
