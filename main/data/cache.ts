// Finds or builds the packed cache of a source in a folder. A pack is named by what it was made from,
// checked at opening, and put in place by rename: a reader sees a whole pack or none, however many
// processes build it at once and however they end.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../shared/errors.ts';
import type { Problem } from './dataset.ts';
import { isSystemError, requireSpace, writeError } from './file-errors.ts';
import { openPartFolder, type PartFolder } from './part-folder.ts';
import { openPack, PACK_VERSION, type OpenPack } from './pack-format.ts';
import { PackWriter } from './pack-writer.ts';
import { createProgressMeter, type Watch } from './progress.ts';
import type { Source, SourceContent } from './source.ts';

const TEMPORARY_SUFFIX = '.tmp';
/** A temporary file this old belongs to a process that died. */
const STALE_AFTER_MS = 24 * 3600 * 1000;

/** Neither the source nor what was decoded of it is to blame. */
const GOES_ON_AFTER: ReadonlySet<string> = new Set([
  ...['cancelled', 'decoder-not-started', 'decoder-missing'],
]);

export function packKey(source: Source): string {
  const text = JSON.stringify([PACK_VERSION, source.key]);
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}

export async function openCached(
  source: Source,
  cacheFolder: string,
  watch: Watch = {},
): Promise<OpenPack> {
  const path = join(cacheFolder, `${packKey(source)}.pack`);
  const known = await openIfSound(path);
  if (known !== undefined) return known;
  const temporary = join(cacheFolder, `${packKey(source)}.${randomUUID()}${TEMPORARY_SUFFIX}`);
  let part: PartFolder | undefined;
  let neededBytes: number | undefined;
  const getPart = async (): Promise<PartFolder> => {
    if (part !== undefined) return part;
    await mkdir(cacheFolder, { recursive: true });
    return (part = await openPartFolder(cacheFolder, packKey(source)));
  };
  try {
    const content = await source.read(watch, async () => (await getPart()).folder);
    const { height, width, channels } = content.shape;
    neededBytes = content.expectedRows * (height * width * channels + 128);
    await mkdir(cacheFolder, { recursive: true });
    await removeStale(cacheFolder);
    await requireSpace(cacheFolder, neededBytes);
    if (content.rowsFrom === undefined) {
      await build(content, temporary, watch);
      return await putInPlace(temporary, path, cacheFolder);
    }
    const own = await getPart();
    await build(content, own.pixels, watch, own);
    const pack = await putInPlace(own.pixels, path, cacheFolder);
    await own.remove();
    return pack;
  } catch (error) {
    if (error instanceof AppError && GOES_ON_AFTER.has(error.code)) await part?.release();
    else await part?.remove();
    await rm(temporary, { force: true });
    if (error instanceof AppError || !isSystemError(error)) throw error;
    throw writeError(error, cacheFolder, neededBytes);
  }
}

/** Undefined when there is none or it is damaged: then it is built anew. */
async function openIfSound(path: string): Promise<OpenPack | undefined> {
  try {
    return await openPack(path);
  } catch {
    // Whatever is wrong with a cache file, the source is the truth and the cure is to build it again.
    return undefined;
  }
}

async function build(
  content: SourceContent,
  path: string,
  watch: Watch,
  part?: PartFolder,
): Promise<void> {
  let journaled = content.problems.length;
  const takeProblems = (): readonly Problem[] => {
    const fresh = content.problems.slice(journaled);
    journaled = content.problems.length;
    return fresh;
  };
  const writer = await PackWriter.open(
    path,
    content.shape,
    part && { path: part.journal, isContinued: part.isContinued, takeProblems },
  );
  try {
    const { start } = writer;
    // Images that are files have rows that can be decoded from any of them on.
    const stage = content.rowsFrom === undefined ? 'copy' : 'decode';
    const meter = createProgressMeter(stage, content.expectedRows, watch, writer.rowCount);
    const rows = start.next > 0 ? content.rowsFrom?.(start) : undefined;
    if (rows !== undefined) journaled += start.problems.length; // they are in the journal already
    for await (const row of rows ?? content.rows) {
      const written = writer.add(row);
      if (written !== undefined) await written;
      const pause = meter.advance();
      if (pause !== undefined) await pause;
    }
    meter.finish();
    await writer.finish({
      kind: content.kind,
      shape: content.shape,
      classes: content.classes,
      problems: content.problems,
      unused: content.unused ?? [],
      layout: content.layout,
    });
  } finally {
    await writer.close();
  }
}

async function putInPlace(temporary: string, path: string, folder: string): Promise<OpenPack> {
  try {
    await rename(temporary, path);
  } catch (error) {
    // Windows refuses to replace a file that another process has open: then theirs is as good.
    const theirs = await openIfSound(path);
    if (theirs === undefined) throw error;
    await rm(temporary, { force: true });
    return theirs;
  }
  await syncFolder(folder);
  return openPack(path);
}

/** Makes the rename itself survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(TEMPORARY_SUFFIX)) continue;
    const path = join(folder, name);
    try {
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs > STALE_AFTER_MS) await rm(path, { force: true });
    } catch (error) {
      // Its owner just finished or removed it.
      if (!isSystemError(error)) throw error;
    }
  }
}
