// What to call runs that belong together: what their names share. Pure.

/** Without a dangling separator or the word before a seed's number; `otherwise` where too little is left. */
export function sharedName(names: readonly string[], otherwise: string): string {
  const [first = '', ...others] = names;
  let end = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, end))) end--;
  const shared = first.slice(0, end).replace(/[\s\-_,·(#]*(seed)?[\s\-_:=·(#]*$/i, '');
  return shared.length >= 3 ? shared : otherwise;
}
