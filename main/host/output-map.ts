// The features of a run's outputs as a page maps them: pieces that fit a message, of images with finite logits.
import { finiteRows } from '../../shared/calibration/logits.ts';
import type { JudgedImage } from '../../shared/contract/app/outputs.ts';
import type { SplitFeatures, SplitOutputs } from '../data/split-outputs.ts';
import { judgedImage } from './judged-image.ts';

const PIECE_BYTES = 2 ** 20;
/** A worker of a page has to hold them, several times over while it lays them out. */
const MOST_BYTES = 32 * 2 ** 20;

export interface MappedRows extends SplitFeatures {
  /** Places in `features`, in the order of the map. */
  readonly places: readonly number[];
}

/** Which of the rows with features are mapped: all, or an even choice of as many as a page can hold. */
export function mappedRows(outputs: SplitOutputs, features: SplitFeatures): MappedRows {
  const finite = new Set(finiteRows(outputs));
  const all = Array.from(features.rows, (row, place) => ({ row, place }))
    .filter(({ row }) => finite.has(row))
    .map(({ place }) => place);
  const most = Math.max(1, Math.floor(MOST_BYTES / (4 * Math.max(1, features.width))));
  const count = Math.min(all.length, most);
  const places = Array.from(
    { length: count },
    (_, i) => all[Math.floor((i * all.length) / count)] ?? 0,
  );
  return { ...features, places };
}

export interface MapPiece {
  readonly step: number;
  readonly classes: string[];
  readonly examples: number;
  readonly count: number;
  readonly width: number;
  readonly images: JudgedImage[];
  readonly features: Uint8Array<ArrayBuffer>;
}

export function mapPiece(
  outputs: SplitOutputs,
  { rows, features, width, places }: MappedRows,
  from: number,
): MapPiece {
  const most = Math.max(1, Math.floor(PIECE_BYTES / (4 * Math.max(1, width))));
  const chosen = places.slice(from, from + most);
  const values = new Float32Array(chosen.length * width);
  chosen.forEach((place, i) => {
    values.set(features.subarray(place * width, (place + 1) * width), i * width);
  });
  return {
    step: outputs.step,
    classes: [...outputs.classNames],
    ...{ examples: outputs.labels.length, count: places.length, width },
    images: chosen.map((place) => judgedImage(outputs, rows[place] ?? 0)),
    features: new Uint8Array(values.buffer),
  };
}
