// What was dropped on the window or chosen in a dialog, as a plan: a spec to look at, or a dataset to
// bring in. Folders are walked; nothing is read but what tells kinds apart.
import { isBundle } from './bundle.ts';

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
  | { readonly kind: 'bundle'; readonly picked: Picked }
  /** An event file of TensorBoard, or a CSV of curves. */
  | { readonly kind: 'curves'; readonly picked: Picked }
  | { readonly kind: 'weights'; readonly picked: Picked }
  | { readonly kind: 'dataset'; readonly picked: Picked }
  /** Nothing is sent to the host. */
  | { readonly kind: 'refused'; readonly title: string; readonly text: string };

/** What the window says while something is held over it: only kinds are known then, no names. */
export function dropHintOf(
  items: readonly { readonly kind: string; readonly type: string }[],
): string {
  const files = items.filter((item) => item.kind === 'file');
  if (files.length > 1) return 'These will be opened as one dataset';
  if (files[0]?.type === 'application/json') return 'The spec will be opened in “New run”';
  if (/zip|tar|compressed/.test(files[0]?.type ?? ''))
    return 'A report bundle is imported; any other archive becomes a dataset';
  return 'A folder, archive or dataset file becomes a dataset, a spec a new run, a report bundle a report';
}

/** Must be called within the drop event: entries are gone afterwards. */
export function entriesOf(transfer: DataTransfer): FileSystemEntry[] {
  return [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
}

/** What was dropped, before anything in it is looked at. */
export function droppedOf(
  entries: readonly FileSystemEntry[],
  topFiles: readonly File[],
): Omit<Picked, 'files'> {
  const [first] = entries;
  const isAlone = topFiles.length === 1;
  return {
    name: isAlone ? (first?.name ?? topFiles[0]?.name ?? '') : 'dropped files',
    top: isAlone ? topFiles[0] : undefined,
    isFolder: isAlone && first?.isDirectory === true,
  };
}

/** All files of what was dropped, in the order of its folders; `onFound` hears of them as they come. */
export async function filesOf(
  entries: readonly FileSystemEntry[],
  topFiles: readonly File[],
  { onFound, signal }: Walk,
): Promise<PickedFile[]> {
  // Not every source of a drop has entries; its files are there all the same.
  if (entries.length === 0) return topFiles.map((file) => ({ path: file.name, file }));
  const files: PickedFile[] = [];
  for (const entry of entries) files.push(...(await walk(entry, { onFound, signal })));
  return files;
}

export interface Walk {
  readonly onFound: (count: number) => void;
  /** @throws its reason */
  readonly signal: AbortSignal;
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
  if (picked.files.length > 0 && picked.files.every(isLooseImage)) return looseImages(picked);
  if (!picked.isFolder && picked.files.length === 1 && only !== undefined) {
    if (/\.zip$/i.test(only.file.name) && (await isBundle(only.file))) {
      return { kind: 'bundle', picked };
    }
    if (/tfevents/i.test(only.file.name) || /\.[ct]sv$/i.test(only.file.name)) {
      return { kind: 'curves', picked };
    }
    if (/\.json$/i.test(only.file.name)) return { kind: 'spec', file: only.file };
    if (/\.safetensors$/i.test(only.file.name) && !(await holdsImages(only.file))) {
      return { kind: 'weights', picked };
    }
  }
  return { kind: 'dataset', picked };
}

/** By what the browser or its name says. */
export function isImageFile({ path, file }: PickedFile): boolean {
  return (
    file.type.startsWith('image/') || /\.(jpe?g|jfif|png|gif|webp|bmp|tiff?|avif)$/i.test(path)
  );
}

/** Whether something dropped is for whoever looks at images, before anything in it is looked at. */
export function areImagesOrFolders(
  entries: readonly FileSystemEntry[],
  files: readonly File[],
): boolean {
  if (entries.some(({ isDirectory }) => isDirectory)) return true;
  return files.length > 0 && files.every((file) => isImageFile({ path: file.name, file }));
}

/** An image that lies in no folder, and so in no class. */
function isLooseImage(picked: PickedFile): boolean {
  return isImageFile(picked) && !picked.path.includes('/');
}

function looseImages({ files }: Picked): Incoming {
  const count = files.length === 1 ? `“${files[0]?.path ?? ''}” is` : `${files.length} images are`;
  return {
    kind: 'refused',
    title: files.length === 1 ? 'An image alone is no dataset' : 'Images without a folder',
    text: `${count} not sent. Drop a folder that has a folder of images for each class. To show images to a trained network, open its run’s “Try” tab.`,
  };
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
    const names = Object.keys(JSON.parse(header) as object);
    return names.some((name) => /^(?:train_?)?(?:images|x)$/i.test(name));
  } catch {
    return true;
  }
}

async function walk(entry: FileSystemEntry, how: Walk): Promise<PickedFile[]> {
  if (entry.name.startsWith('.')) return [];
  how.signal.throwIfAborted();
  if (entry.isFile) return [await fileOf(entry as FileSystemFileEntry, how)];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: PickedFile[] = [];
  for (;;) {
    // A reader gives at most a hundred entries at a time, and none when it is done.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    // The files of a hundred at once, each being a question to another process; folders one by one, or
    // the answers of all of them would keep the page from drawing anything.
    const shown = some.filter(({ isFile, name }) => isFile && !name.startsWith('.'));
    const files = await Promise.all(
      shown.map((child) => fileOf(child as FileSystemFileEntry, how)),
    );
    found.push(...files);
    for (const child of some) {
      if (!child.isFile) found.push(...(await walk(child, how)));
    }
  }
}

async function fileOf(entry: FileSystemFileEntry, { onFound, signal }: Walk): Promise<PickedFile> {
  signal.throwIfAborted();
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
  onFound(1);
  return { path: entry.fullPath.replace(/^\//, ''), file };
}
