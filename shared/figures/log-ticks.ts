// Ticks of a logarithmic axis or colour bar: powers of ten where there are several, 1-2-5 in between
// where there are few. Pure.

/** Rising values within [min, max], at most `most` of them if powers of ten allow. */
export function logTicks(min: number, max: number, most = 8): number[] {
  if (!(min > 0) || !(max > min)) return min > 0 ? [min] : [];
  const first = Math.floor(Math.log10(min));
  const last = Math.ceil(Math.log10(max));
  for (const leads of [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1, 3], [1]]) {
    const ticks = within(first, last, leads, 1, min, max);
    if (ticks.length <= most && (leads.length < 9 || ticks.length < 4)) return ticks;
  }
  for (const stride of [2, 3, 5, 10]) {
    const ticks = within(first, last, [1], stride, min, max);
    if (ticks.length <= most) return ticks;
  }
  return [min, max];
}

function within(
  first: number,
  last: number,
  leads: readonly number[],
  stride: number,
  min: number,
  max: number,
): number[] {
  const ticks: number[] = [];
  for (let power = first; power <= last; power++) {
    if (power % stride !== 0) continue;
    for (const lead of leads) {
      const value = Number((lead * 10 ** power).toPrecision(3));
      if (value >= min * (1 - 1e-9) && value <= max * (1 + 1e-9)) ticks.push(value);
    }
  }
  return ticks;
}

/** `0.001`, `10⁻⁴`, `5·10⁻⁴`: plain digits near one, powers of ten elsewhere. */
export function formatLogTick(value: number): string {
  if (value >= 0.001 && value < 10_000) return String(Number(value.toPrecision(2)));
  const power = Math.floor(Math.log10(value) + 1e-9);
  const lead = Number((value / 10 ** power).toPrecision(2));
  const exponent = String(power).replace(/[-\d]/g, (sign) => SUPERSCRIPTS[sign] ?? sign);
  return lead === 1 ? `10${exponent}` : `${lead}·10${exponent}`;
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  '-': '⁻',
  '0': '⁰',
  '1': '¹',
  '2': '²',
  '3': '³',
  '4': '⁴',
  '5': '⁵',
  '6': '⁶',
  '7': '⁷',
  '8': '⁸',
  '9': '⁹',
};
