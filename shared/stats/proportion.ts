// A share of successes and how sure it is. Pure.

/** The 97.5 % point of the standard normal distribution. */
const Z_95 = 1.959963984540054;

/**
 * The 95 % interval of a probability from so many successes in n trials (Wilson 1927): it stays within 0 and 1
 * and says something of 0 and of n successes too. Of no trials: 0 to 1.
 */
export function wilsonInterval(
  successes: number,
  n: number,
): { readonly low: number; readonly high: number } {
  if (n === 0) return { low: 0, high: 1 };
  const share = successes / n;
  const square = Z_95 ** 2;
  const middle = (share + square / (2 * n)) / (1 + square / n);
  const half =
    (Z_95 / (1 + square / n)) * Math.sqrt((share * (1 - share)) / n + square / (4 * n * n));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
