// What was dropped on the window or chosen in a dialog, as a plan: a spec to look at, or a dataset to
// bring in. Folders are walked; nothing is read but what tells kinds apart.

export interface PickedFile {
  /** Relative to what was dropped: `pets/train/cat/1.png`. */
  readonly path: string;
  readonly file: File;
}

export interface Picked {
  readonly name: string;
  readonly files: readonly PickedFile[];
  /** The dropped folder's or file's own entry, which a desktop window can turn into a path. */
  readonly top: File | undefined;
  readonly isFolder: boolean;
}

export type Incoming =
  | { readonly kind: 'spec'; readonly file: File }
  | { readonly kind: 'weights'; readonly picked: Picked }
  | { readonly kind: 'dataset'; readonly picked: Picked };

/** What the window says while something is held over it: only kinds are known then, no names. */
export function promiseOf(
  items: readonly { readonly kind: string; readonly type: string }[],
): string {
  const files = items.filter((item) => item.kind === 'file');
  if (files.length > 1) return 'These will be opened as one dataset';
  if (files[0]?.type === 'application/json') return 'The spec will be opened in “New run”';
  if (/zip|tar|compressed/.test(files[0]?.type ?? ''))
    return 'The archive will be opened as a dataset';
  return 'A folder, archive or dataset file becomes a dataset, a spec a new run';
}

/** Must be called within the drop event: entries are gone afterwards. */
export function entriesOf(transfer: DataTransfer): FileSystemEntry[] {
  return [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
}

export async function pickedOf(
  entries: readonly FileSystemEntry[],
  topFiles: readonly File[],
): Promise<Picked> {
  const files: PickedFile[] = [];
  for (const entry of entries) await walk(entry, files);
  // Not every source of a drop has entries; its files are there all the same.
  if (entries.length === 0) files.push(...topFiles.map((file) => ({ path: file.name, file })));
  const [first] = entries;
  const isAlone = topFiles.length === 1;
  const name = first?.name ?? topFiles[0]?.name ?? '';
  return {
    name: isAlone ? name : 'dropped files',
    files,
    top: isAlone ? topFiles[0] : undefined,
    isFolder: isAlone && first?.isDirectory === true,
  };
}

/** From a file dialog: `webkitRelativePath` is set when a folder was chosen. */
export function pickedFromInput(list: readonly File[]): Picked | undefined {
  const [first] = list;
  if (first === undefined) return undefined;
  const folder = first.webkitRelativePath.split('/')[0] ?? '';
  const isFolder = folder !== '';
  return {
    name: isFolder ? folder : first.name,
    files: list.map((file) => ({ path: file.webkitRelativePath || file.name, file })),
    top: isFolder ? undefined : first,
    isFolder,
  };
}

export async function classify(picked: Picked): Promise<Incoming> {
  const [only] = picked.files;
  if (!picked.isFolder && picked.files.length === 1 && only !== undefined) {
    if (/\.json$/i.test(only.file.name)) return { kind: 'spec', file: only.file };
    if (/\.safetensors$/i.test(only.file.name) && !(await holdsImages(only.file))) {
      return { kind: 'weights', picked };
    }
  }
  return { kind: 'dataset', picked };
}

const LONGEST_HEADER_BYTES = 8_000_000;

/** Dataset files hold a tensor `images`; weight files do not. What cannot be read is for the host to say. */
async function holdsImages(file: File): Promise<boolean> {
  const start = new DataView(await file.slice(0, 8).arrayBuffer());
  if (start.byteLength < 8) return true;
  const size = Number(start.getBigUint64(0, true));
  if (size > LONGEST_HEADER_BYTES) return true;
  const header = await file.slice(8, 8 + size).text();
  try {
    return 'images' in (JSON.parse(header) as object);
  } catch {
    return true;
  }
}

async function walk(entry: FileSystemEntry, found: PickedFile[]): Promise<void> {
  if (entry.name.startsWith('.')) return;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    found.push({ path: entry.fullPath.replace(/^\//, ''), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader gives at most a hundred entries at a time, and none when it is done.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return;
    for (const child of some) await walk(child, found);
  }
}
