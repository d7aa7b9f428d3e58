// The map of a run: what the best checkpoint computes of the validation images before its last layer, fetched piece by
// piece, and their places in the plane, laid out by a worker once for each method.
import type { JudgedImage } from '../../../../shared/contract/app/outputs.ts';
import type { Host } from '../../../client/host.ts';
import { FEWEST_POINTS, type Layout, type LayoutMessage, type Method } from './embedding.ts';

export interface MapData {
  readonly step: number;
  readonly classes: readonly string[];
  /** Images of the split; the map may have an even choice of them. */
  readonly examples: number;
  readonly images: readonly JudgedImage[];
  readonly features: Float32Array<ArrayBuffer>;
  readonly width: number;
}

export interface Working {
  readonly message: string;
  readonly fraction?: number | undefined;
}

export class MapState {
  layout: Layout | undefined = $state.raw();
  working: Working | undefined = $state.raw();
  error: unknown = $state.raw();
  readonly #layouts = new Map<Method, Layout>();
  #data: MapData | undefined;
  #worker: Worker | undefined;

  /** Asks the host for everything that the map shows; null as for all outputs. */
  async fetch(host: Host, id: string): Promise<MapData | null> {
    const images: JudgedImage[] = [];
    const parts: Float32Array[] = [];
    for (;;) {
      const { map } = await host.call('outputs.map', { id, from: images.length });
      if (map === null) return null;
      images.push(...map.images);
      parts.push(floatsOf(map.features));
      if (images.length >= map.count || map.images.length === 0) {
        const { step, classes, examples, width } = map;
        return { step, classes, examples, width, images, features: joined(parts) };
      }
    }
  }

  /** Begins anew where the data is other; a layout that was made is shown at once. */
  show(data: MapData, method: Method): void {
    if (data !== this.#data) {
      this.#layouts.clear();
      this.#data = data;
    }
    this.end();
    this.error = undefined;
    const known = this.#layouts.get(method);
    this.layout = known;
    if (known !== undefined || data.images.length < FEWEST_POINTS) return;
    this.working = { message: 'Starting' };
    const worker = new Worker(new URL('./lay-out-worker.ts', import.meta.url), { type: 'module' });
    this.#worker = worker;
    worker.addEventListener('message', ({ data: message }: MessageEvent<LayoutMessage>) => {
      if (this.#worker === worker) this.#take(message, method);
    });
    worker.addEventListener('error', ({ message }) => {
      if (this.#worker === worker) this.#take({ kind: 'failed', message }, method);
    });
    const { features, width, images } = data;
    worker.postMessage({ method, features, width, count: images.length });
  }

  /** Ends what is being laid out. */
  end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.working = undefined;
  }

  #take(message: LayoutMessage, method: Method): void {
    if (message.kind === 'progress') {
      this.working = message;
      return;
    }
    this.end();
    if (message.kind === 'failed') {
      this.error = new Error(message.message);
      return;
    }
    this.#layouts.set(method, message.layout);
    this.layout = message.layout;
  }
}

/** The wire gives bytes at any offset; floats stand at multiples of four. */
function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}

function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
