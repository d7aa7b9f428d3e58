// Text of tables that people and programs save: its encoding and what separates its columns. Pure.

/** Excel writes UTF-16 with a mark; whatever else is not UTF-8 is read as Windows-1252, which holds Latin 1. */
export function tableText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}

/** The one that most lines hold equally often, outside quotes. */
export function separatorOf(sample: string): string {
  const lines = sample
    .replaceAll(/"[^"\n]*"/g, '')
    .split(/\r\n|[\r\n]/)
    .filter((line) => line.trim() !== '');
  const checked = (lines.length > 2 ? lines.slice(0, -1) : lines).slice(0, 50);
  let best = ',';
  let most = 0;
  for (const separator of ['\t', ',', ';', '|', ' ']) {
    const counts = checked.map((line) => line.trim().split(separator).length - 1);
    const common = Math.max(...counts);
    const share = counts.filter((count) => count === common && count > 0).length;
    if (share > most) [best, most] = [separator, share];
  }
  return best;
}

/** For parsers that are fed. */
export function* piecesOf(text: string): Generator<string> {
  const step = 1 << 18;
  for (let at = 0; at < text.length; at += step) yield text.slice(at, at + step);
}
