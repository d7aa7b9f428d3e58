// Datasets that the page is looking into, kept open for a while so that scrolling through images costs
// one read each. Their pixels stay in the packed cache.
import { DataOptions } from '../../../shared/contract/app/datasets.ts';
import type { Dataset } from '../../data/dataset.ts';
import { openDatasetOutside } from '../../data/reading/read-outside.ts';
import { dataSpecOptions, type DataSpecOptions } from '../../data/data-spec-options.ts';

export interface OpenDatasets {
  /** The dataset stays open at least until `work` has ended. */
  use<T>(options: DataOptions, work: (dataset: Dataset) => T | Promise<T>): Promise<T>;
  /** Those of a source are opened anew at their next use: their content may have changed. */
  forget(source: string): void;
  close(): Promise<void>;
}

interface Entry {
  readonly source: string;
  readonly dataset: Promise<Dataset>;
  users: number;
  usedMs: number;
  isForgotten: boolean;
}

const keptOpen = 4;
const idleMs = 60_000;

export function createOpenDatasets(cacheFolder: string): OpenDatasets {
  const entries = new Map<string, Entry>();

  const release = async (key: string, entry: Entry): Promise<void> => {
    if (entries.get(key) === entry) entries.delete(key);
    if (entry.users > 0) {
      entry.isForgotten = true;
      return;
    }
    const dataset = await entry.dataset.catch(() => undefined);
    await dataset?.close();
  };

  const releaseIdle = (): void => {
    const nowMs = performance.now();
    const idle = [...entries]
      .filter(([, { users }]) => users === 0)
      .sort(([, a], [, b]) => b.usedMs - a.usedMs);
    idle.forEach(([key, entry], i) => {
      if (i >= keptOpen || nowMs - entry.usedMs > idleMs) void release(key, entry);
    });
  };
  const timer = setInterval(releaseIdle, idleMs);
  timer.unref();

  const open = (key: string, opening: DataSpecOptions): Entry => {
    const { source } = opening;
    const dataset = openDatasetOutside({
      ...opening,
      cacheFolder,
      lenient: true,
    });
    const entry: Entry = { source, dataset, users: 0, usedMs: 0, isForgotten: false };
    entries.set(key, entry);
    // What could not be opened may be there the next time.
    dataset.catch(() => entries.delete(key));
    return entry;
  };

  return {
    use: async (given, work) => {
      // Without what else a request says: equal data is opened once.
      const options = dataSpecOptions(DataOptions.parse(given));
      const key = JSON.stringify(options);
      const entry = entries.get(key) ?? open(key, options);
      entry.users++;
      try {
        return await work(await entry.dataset);
      } finally {
        entry.users--;
        entry.usedMs = performance.now();
        if (entry.isForgotten && entry.users === 0) void release(key, entry);
        else releaseIdle();
      }
    },
    forget: (source) => {
      for (const [key, entry] of entries) if (entry.source === source) void release(key, entry);
    },
    close: async () => {
      clearInterval(timer);
      await Promise.all([...entries].map(([key, entry]) => release(key, entry)));
    },
  };
}
