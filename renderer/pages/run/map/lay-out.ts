// Places in the plane for points in many dimensions, near where they are near there: principal components, or UMAP
// (McInnes, Healy & Melville 2018, arXiv 1802.03426; umap-js). The same points give the same map.
import { UMAP } from 'umap-js';
import { principalAxes, type Points } from '../../../../shared/embedding/principal-axes.ts';
import { createRng } from '../../../../shared/rng.ts';
import type { Layout, LayoutRequest } from './embedding.ts';

/** As UMAP's authors have them. */
const NEIGHBOURS = 15;
const LEAST_DISTANCE = 0.1;
/** Distances are computed between so many components, which hold nearly all variance of a network's features. */
const COMPONENTS = 50;

export type OnProgress = (message: string, fraction?: number) => void;

export function layOut(
  { method, features, ...size }: LayoutRequest,
  onProgress: OnProgress,
): Layout {
  const points = { values: features, ...size };
  return method === 'pca' ? byComponents(points, onProgress) : byNeighbours(points, onProgress);
}

function byComponents(points: Points, onProgress: OnProgress): Layout {
  const { scores, components, shares } = principalAxes(points, 2, (fraction) =>
    onProgress('Finding the principal components', fraction),
  );
  const column = (c: number): Float32Array =>
    Float32Array.from({ length: points.count }, (_, i) =>
      c < components ? (scores[i * components + c] ?? 0) : 0,
    );
  return { x: column(0), y: column(1), shares };
}

function byNeighbours(points: Points, onProgress: OnProgress): Layout {
  const { scores, components } = principalAxes(points, COMPONENTS, (fraction) =>
    onProgress(`Reducing to ${COMPONENTS} components`, fraction),
  );
  const rng = createRng(1, 'umap');
  const umap = new UMAP({
    nComponents: 2,
    nNeighbors: Math.min(NEIGHBOURS, points.count - 1),
    minDist: LEAST_DISTANCE,
    random: () => rng.uniform(),
  });
  onProgress('Finding the neighbours of every image');
  const rows = Array.from({ length: points.count }, (_, i) =>
    Array.from(scores.subarray(i * components, (i + 1) * components)),
  );
  const epochs = umap.initializeFit(rows);
  for (let epoch = 0; epoch < epochs; epoch++) {
    umap.step();
    onProgress('Laying out the map', (epoch + 1) / epochs);
  }
  // The directions of such a map mean nothing: its longer side lies across, as pages are.
  const places = Float32Array.from(umap.getEmbedding().flatMap(([x = 0, y = 0]) => [x, y]));
  const lying = byComponents({ values: places, count: points.count, width: 2 }, () => undefined);
  return { ...lying, shares: undefined };
}
