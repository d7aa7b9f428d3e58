// Names of curves that stand side by side, without the words that all of them have. Pure.

/**
 * `resnet20 rate 0.1 seed 0`, `plain20 rate 0.1 seed 1` → `resnet20 seed 0`, `plain20 seed 1`. A number
 * keeps the word before it. Names that would end up equal or empty stay as they are.
 */
export function shortLabels(labels: readonly string[]): readonly string[] {
  if (labels.length < 2) return labels;
  const words = labels.map((label) => label.split(/\s+/));
  const count = words[0]?.length ?? 0;
  if (words.some((one) => one.length !== count)) return withoutCommonEnds(labels, words);
  const isShared = Array.from({ length: count }, (_, at) =>
    words.every((one) => one[at] === words[0]?.[at]),
  );
  const short = words.map((one) =>
    one
      .filter((_, at) => {
        if (isShared[at] !== true) return true;
        const next = one[at + 1];
        return next !== undefined && isShared[at + 1] === false && /^[\d.]/.test(next);
      })
      .join(' '),
  );
  return areDistinct(short) ? short : labels;
}

function withoutCommonEnds(
  labels: readonly string[],
  words: readonly (readonly string[])[],
): readonly string[] {
  const least = Math.min(...words.map((one) => one.length));
  let start = 0;
  while (start < least - 1 && words.every((one) => one[start] === words[0]?.[start])) start++;
  let end = 0;
  while (
    end < least - start - 1 &&
    words.every((one) => one.at(-1 - end) === words[0]?.at(-1 - end))
  ) {
    end++;
  }
  const short = words.map((one) => one.slice(start, one.length - end).join(' '));
  return areDistinct(short) ? short : labels;
}

function areDistinct(labels: readonly string[]): boolean {
  return labels.every((label) => label !== '') && new Set(labels).size === labels.length;
}
