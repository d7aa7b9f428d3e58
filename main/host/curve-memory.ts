// Curves that were asked for before, while their runs are the same: a page that is opened again gets
// fifty long runs without reading them again. Holds no more than a fixed amount of memory; the longest
// unused goes first.
import type { CurveData } from '../../shared/curves/curve-data.ts';

const MOST_BYTES = 64 * 1024 * 1024;

interface Kept {
  readonly curve: CurveData;
  readonly sizeBytes: number;
}

export class CurveMemory {
  /** In order of use. */
  readonly #kept = new Map<string, Kept>();
  readonly #mostBytes: number;
  #sizeBytes = 0;

  constructor(mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /** Undefined unless it was made from what `mark` stands for. */
  find(key: string, mark: string): CurveData | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#forget(key);
    if (kept.curve.mark !== mark) return undefined;
    this.#add(key, kept);
    return kept.curve;
  }

  keep(key: string, curve: CurveData): void {
    this.#forget(key);
    this.#add(key, { curve, sizeBytes: sizeOf(curve) });
    for (const oldest of this.#kept.keys()) {
      if (this.#sizeBytes <= this.#mostBytes) break;
      this.#forget(oldest);
    }
  }

  #add(key: string, kept: Kept): void {
    this.#kept.set(key, kept);
    this.#sizeBytes += kept.sizeBytes;
  }

  #forget(key: string): void {
    this.#sizeBytes -= this.#kept.get(key)?.sizeBytes ?? 0;
    this.#kept.delete(key);
  }
}

function sizeOf({ line, raw, band, thin }: CurveData): number {
  const lines = [line, raw, ...thin.flatMap((one) => [one.line, one.raw])];
  const bytes = lines.map((one) => (one ? one.x.byteLength + one.y.byteLength : 0));
  const bandBytes = band ? 3 * band.low.byteLength : 0;
  return bytes.reduce((sum, size) => sum + size, bandBytes);
}
