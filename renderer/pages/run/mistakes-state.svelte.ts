// What the best checkpoint of a run gets wrong: asked for once a tab that shows it is open, again when
// a better checkpoint exists. The host evaluates; that may take a while.
import { SvelteMap } from 'svelte/reactivity';
import type { Mistakes } from '../../../shared/contract/app/runs.ts';
import type { Tiles } from '../../../shared/contract/app/datasets.ts';
import type { Host } from '../../client/host.ts';
import type { RunState } from './run-state.svelte.ts';

export interface Thumbnail {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** At most so many pictures are asked for at a time. */
const TILES_PER_CALL = 200;

export class MistakesState {
  mistakes: Mistakes | null | undefined = $state.raw();
  error: unknown = $state.raw();
  isBusy = $state(false);
  filter: { readonly label: number; readonly predicted: number } | null = $state.raw(null);
  readonly thumbnails = new SvelteMap<number, Thumbnail>();
  readonly #host: Host;
  readonly #run: RunState;
  #judged: string | undefined;

  constructor(host: Host, run: RunState) {
    this.#host = host;
    this.#run = run;
  }

  /** `checkpoint` names what would be judged; the same one is not judged twice. */
  async load(checkpoint: string): Promise<void> {
    if (this.isBusy || this.#judged === checkpoint) return;
    this.isBusy = true;
    this.#judged = checkpoint;
    try {
      const { mistakes } = await this.#host.call('runs.mistakes', { id: this.#run.id, limit: 400 });
      this.mistakes = mistakes;
      this.error = undefined;
    } catch (error) {
      this.error = error;
    } finally {
      this.isBusy = false;
    }
  }

  retry(): void {
    const checkpoint = this.#judged ?? '';
    this.#judged = undefined;
    void this.load(checkpoint);
  }

  async loadThumbnails(indices: readonly number[]): Promise<void> {
    const data = this.#run.detail?.spec?.data;
    const missing = indices.filter((index) => !this.thumbnails.has(index)).slice(0, TILES_PER_CALL);
    if (!data || missing.length === 0) return;
    try {
      const tiles = await this.#host.call('datasets.tiles', {
        ...data,
        split: 'val',
        label: null,
        offset: 0,
        count: missing.length,
        indices: missing,
      });
      this.#keep(missing, tiles);
    } catch (error) {
      this.error = error;
    }
  }

  #keep(asked: readonly number[], { shape, pixels, count, indices }: Tiles): void {
    const { width, height, channels } = shape;
    const size = width * height * channels;
    for (let i = 0; i < count; i++) {
      const index = indices?.[i] ?? asked[i];
      if (index === undefined) continue;
      const own = pixels.subarray(i * size, (i + 1) * size);
      this.thumbnails.set(index, { pixels: own, width, height, channels });
    }
  }
}
