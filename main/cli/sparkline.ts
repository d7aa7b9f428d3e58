// A curve in one line of text. Buckets show their mean; what is not finite shows as `!`, because a
// spike or a NaN must not vanish.

const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

export function sparkline(values: ArrayLike<number>, width = 40): string {
  const count = values.length;
  const buckets = Array.from({ length: Math.min(width, count) }, (_, i) => {
    const from = Math.floor((i * count) / Math.min(width, count));
    const to = Math.floor(((i + 1) * count) / Math.min(width, count));
    let sum = 0;
    for (let k = from; k < to; k++) sum += values[k] ?? Number.NaN;
    return sum / (to - from);
  });
  const finite = buckets.filter(Number.isFinite);
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low;
  return buckets
    .map((value) => {
      if (!Number.isFinite(value)) return '!';
      const level = span === 0 ? 0 : Math.round(((value - low) / span) * (levels.length - 1));
      return levels[level] ?? '';
    })
    .join('');
}
