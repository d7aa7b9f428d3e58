// Names of curves that stand side by side, without the words that all of them have. Pure.

/**
 * `resnet20 rate 0.1 seed 0`, `plain20 rate 0.1` → `resnet20 seed 0`, `plain20`: without the longest row
 * of words that stands in all of them in the same order. A number keeps the word before it. Where that
 * leaves equal or empty names, only what they begin and end with goes, or nothing.
 */
export function shortLabels(labels: readonly string[]): readonly string[] {
  const [first, ...others] = labels.map((label) => label.split(/\s+/));
  if (first === undefined || others.length === 0) return labels;
  const shared = others.reduce<readonly string[]>(commonWords, first);
  const words = [first, ...others];
  const short = words.map((one) => without(one, shared).join(' '));
  return areDistinct(short) ? short : withoutCommonEnds(labels, words);
}

/** The longest row of words that both have in this order, others allowed between. */
function commonWords(a: readonly string[], b: readonly string[]): readonly string[] {
  let below: (readonly string[])[] = new Array<readonly string[]>(b.length + 1).fill([]);
  for (const word of a.toReversed()) {
    const row: (readonly string[])[] = [[]];
    b.toReversed().forEach((other, at) => {
      const skipped = [row[at] ?? [], below[at + 1] ?? []] as const;
      const longer = skipped[0].length > skipped[1].length ? skipped[0] : skipped[1];
      row.push(word === other ? [word, ...(below[at] ?? [])] : longer);
    });
    below = row;
  }
  return below[b.length] ?? [];
}

function without(words: readonly string[], shared: readonly string[]): string[] {
  let next = 0;
  const isShared = words.map((word) => {
    if (word !== shared[next]) return false;
    next++;
    return true;
  });
  return words.filter((_, at) => {
    if (isShared[at] !== true) return true;
    const following = words[at + 1];
    return following !== undefined && isShared[at + 1] === false && /^[\d.]/.test(following);
  });
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
