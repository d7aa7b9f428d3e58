// Tells a report bundle from any other zip archive by the names at its end, without reading the rest.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.12 and 4.3.16

const END_MARK = 0x06054b50;
const ENTRY_MARK = 0x02014b50;
const END_BYTES = 22;
/** The end may be followed by a comment of at most this length. */
const LONGEST_COMMENT = 0xffff;
const ENTRY_BYTES = 46;
/** A bundle lists a few hundred files; an archive of images may list millions. */
const MOST_LISTED_BYTES = 4_000_000;

export async function isBundle(file: Blob): Promise<boolean> {
  const names = await firstNames(file);
  return (
    names.includes('bundle.json') && names.some((name) => /^(report\.json$|runs\/)/.test(name))
  );
}

/** Empty where the file is no archive. */
async function firstNames(file: Blob): Promise<string[]> {
  const from = Math.max(0, file.size - END_BYTES - LONGEST_COMMENT);
  const tail = new DataView(await file.slice(from).arrayBuffer());
  let end = tail.byteLength - END_BYTES;
  while (end >= 0 && tail.getUint32(end, true) !== END_MARK) end--;
  if (end < 0) return [];
  const size = tail.getUint32(end + 12, true);
  const start = tail.getUint32(end + 16, true);
  const listed = file.slice(start, start + Math.min(size, MOST_LISTED_BYTES));
  return namesIn(await listed.arrayBuffer());
}

function namesIn(directory: ArrayBuffer): string[] {
  const view = new DataView(directory);
  const names: string[] = [];
  let at = 0;
  while (at + ENTRY_BYTES <= view.byteLength && view.getUint32(at, true) === ENTRY_MARK) {
    const nameBytes = view.getUint16(at + 28, true);
    const rest = view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    names.push(
      new TextDecoder().decode(
        new Uint8Array(directory).subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes),
      ),
    );
    at += ENTRY_BYTES + nameBytes + rest;
  }
  return names;
}
