// Which known names a mistyped one may have meant. For sentences only; never to pick a name silently.

/** Nobody mistypes a name of this length; comparing takes time in its square. */
const longestName = 200;

/** At most three of `known` that are near `given`, nearest first. */
export function closestNames(given: string, known: readonly string[]): string[] {
  if (given.length > longestName) return [];
  const wanted = given.toLowerCase();
  const tolerance = Math.max(2, Math.floor(wanted.length / 4));
  return known
    .map((name) => ({ name, distance: distanceTo(wanted, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= tolerance)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Edit distance, except that a name which starts with what was typed is only one step away. */
function distanceTo(wanted: string, name: string): number {
  const steps = editDistance(wanted, name);
  return wanted.length >= 3 && name.startsWith(wanted) ? Math.min(1, steps) : steps;
}

/** Levenshtein's distance: insertions, deletions and replacements. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const current = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (previous[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      const deleted = (previous[j + 1] ?? 0) + 1;
      const inserted = (current[j] ?? 0) + 1;
      current.push(Math.min(replaced, deleted, inserted));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
