// The pictures of the files that a finding names, asked for when they come into view, a page at a time.
import type { DataOptions, NamedTiles } from '../../../shared/contract/app/datasets.ts';
import type { Host } from '../../client/host.ts';
import { pageSizeFor, toRgba } from '../../parts/tile-pixels.ts';

export interface NamedPicture {
  readonly image: ImageData;
  readonly facts: NamedTiles['images'][number];
}

export class FindingPictures {
  /** By file; null: the file has no picture, or it is not in the dataset any more. */
  pictures: ReadonlyMap<string, NamedPicture | null> = $state.raw(new Map());
  error: unknown = $state.raw();
  readonly #host: Host;
  readonly #asked = new Set<string>();
  readonly #stop = new AbortController();

  constructor(host: Host) {
    this.#host = host;
  }

  /** Asks for what was not asked for yet. */
  async want(
    files: readonly string[],
    options: DataOptions,
    shape: NamedTiles['shape'],
  ): Promise<void> {
    const fresh = [...new Set(files)].filter((file) => !this.#asked.has(file));
    for (const file of fresh) this.#asked.add(file);
    const size = pageSizeFor(shape);
    try {
      for (let start = 0; start < fresh.length; start += size) {
        const part = fresh.slice(start, start + size);
        const tiles = await this.#host.call(
          'datasets.pictures',
          { ...options, files: part },
          { signal: this.#stop.signal },
        );
        this.#take(part, tiles);
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) this.error = error;
    }
  }

  end(): void {
    this.#stop.abort();
  }

  #take(asked: readonly string[], tiles: NamedTiles): void {
    const next = new Map(this.pictures);
    for (const file of asked) next.set(file, null);
    const { width, height } = tiles.shape;
    const rgba = toRgba(tiles);
    const bytes = width * height * 4;
    tiles.sources.forEach((file, i) => {
      const facts = tiles.images[i];
      if (facts === undefined) return;
      const image = new ImageData(rgba.slice(i * bytes, (i + 1) * bytes), width, height);
      next.set(file, { image, facts });
    });
    this.pictures = next;
  }
}
