// Values inside JSON documents by path (`stages.1.width`). Documents are replaced, never changed.

export type Path = readonly (string | number)[];

export function pathText(path: Path): string {
  return path.join('.');
}

export function valueAt(document: unknown, path: Path): unknown {
  let current = document;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
}

/** A copy with another value at `path`; undefined removes the field. */
export function withValueAt(document: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const inner = withValueAt(valueAt(document, [key]), rest, value);
  if (Array.isArray(document))
    return document.map((item, at) => (at === key ? inner : item) as unknown);
  const copy: Record<string, unknown> = { ...(document as Record<string, unknown> | undefined) };
  if (inner === undefined) Reflect.deleteProperty(copy, key);
  else copy[key] = inner;
  return copy;
}

export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [keysOfA, keysOfB] = [Object.keys(a), Object.keys(b)];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keysOfA.length === keysOfB.length &&
    keysOfA.every((key) => isEqual(valueAt(a, [key]), valueAt(b, [key])))
  );
}
