// Files that were made for a page and lie in a temporary folder until it has fetched them, an hour at most.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { failure } from '../../../shared/errors.ts';
import { writeZip } from '../../reports/zip-writer.ts';

const KEPT_MS = 3600 * 1000;
const PIECE_BYTES = 4 * 2 ** 20;

export interface KeptExport {
  readonly export: string;
  readonly files: { readonly name: string; readonly sizeBytes: number }[];
}

interface Kept {
  readonly folder: string;
  readonly files: readonly string[];
  readonly timer: NodeJS.Timeout;
}

export class KeptFiles {
  private readonly kept = new Map<string, Kept>();

  /**
   * Gives `make` an empty folder and keeps the files that it names.
   * @param name of the zip file, and of the folder in it, that several files become
   */
  async keep(
    name: string,
    make: (folder: string) => Promise<readonly string[]>,
  ): Promise<KeptExport> {
    const key = randomUUID();
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'resnet-lab-export-'));
    const timer = setTimeout(() => void this.drop(key), KEPT_MS);
    timer.unref();
    this.kept.set(key, { folder, files: [], timer });
    try {
      const files = await asOneFile(folder, await make(folder), name);
      this.kept.set(key, { folder, files, timer });
      const sizes = await Promise.all(files.map((file) => fs.stat(path.join(folder, file))));
      return {
        export: key,
        files: files.map((file, i) => ({ name: file, sizeBytes: sizes[i]?.size ?? 0 })),
      };
    } catch (error) {
      await this.drop(key);
      throw error;
    }
  }

  /** @throws failure `export-gone` */
  async read(key: string, file: number, offset: number): Promise<Uint8Array<ArrayBuffer>> {
    const kept = this.kept.get(key);
    const name = kept?.files[file];
    if (kept === undefined || name === undefined) {
      throw failure('export-gone', 'These files are no longer kept; export them again.');
    }
    const handle = await fs.open(path.join(kept.folder, name));
    try {
      const bytes = new Uint8Array(PIECE_BYTES);
      const { bytesRead } = await handle.read(bytes, 0, PIECE_BYTES, offset);
      return bytes.slice(0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  async close(): Promise<void> {
    for (const key of [...this.kept.keys()]) await this.drop(key);
  }

  private async drop(key: string): Promise<void> {
    const kept = this.kept.get(key);
    if (kept === undefined) return;
    this.kept.delete(key);
    clearTimeout(kept.timer);
    await fs.rm(kept.folder, { recursive: true, force: true });
  }
}

/**
 * A browser saves files without their folders, so that links between them break: several go into one zip,
 * in a folder of its name.
 */
async function asOneFile(
  folder: string,
  files: readonly string[],
  name: string,
): Promise<readonly string[]> {
  if (files.length < 2) return files;
  const zip = `${name}.zip`;
  await writeZip(
    path.join(folder, zip),
    files.map((file) => ({ name: `${name}/${file}`, file: path.join(folder, file) })),
  );
  return [zip];
}
