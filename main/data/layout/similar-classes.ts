// Class names that differ only in case, in spaces around them or in how letters are composed: `Cat`,
// `cat`, `cat `. They are said, and read as one class if asked. Pure.

/** Equal for names that people take for the same. */
function likenessOf(name: string): string {
  return name.normalize('NFC').trim().toLowerCase();
}

/** Groups of two or more names, in the order of the names. */
export function similarClasses(names: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const name of new Set(names)) {
    const key = likenessOf(name);
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

/**
 * The name that stands for each similar one: that with the most images, else the first in code-unit
 * order, without spaces around it and with composed letters.
 */
export function mergedNames(
  counted: readonly (readonly [name: string, images: number])[],
): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  for (const [name, images] of counted) counts.set(name, (counts.get(name) ?? 0) + images);
  const merged = new Map<string, string>();
  for (const group of similarClasses([...counts.keys()])) {
    const [first] = [...group].sort(
      (a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || (a < b ? -1 : 1),
    );
    const chosen = (first ?? '').normalize('NFC').trim();
    for (const name of group) merged.set(name, chosen);
  }
  return merged;
}
