// Which images of a dataset files from elsewhere are, by their paths: a folder of it that was dropped on a window, or
// single files of it. Pure.

/**
 * For each given path the dataset's file, or null: the same path; one that the given path ends with, below folders of
 * the machine; or the only one that ends with the given path.
 */
export function matchFiles(files: Iterable<string>, paths: readonly string[]): (string | null)[] {
  const known = new Set(files);
  const byName = new Map<string, string[]>();
  for (const file of known) {
    const name = nameOf(file);
    byName.set(name, [...(byName.get(name) ?? []), file]);
  }
  return paths.map((path) => {
    if (known.has(path)) return path;
    const alike = byName.get(nameOf(path)) ?? [];
    const below = alike.filter((file) => file.includes('/') && path.endsWith(`/${file}`));
    if (below.length > 0) return below.reduce((a, b) => (b.length > a.length ? b : a));
    const ending = alike.filter((file) => file.endsWith(`/${path}`));
    return ending.length === 1 ? (ending[0] ?? null) : null;
  });
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
