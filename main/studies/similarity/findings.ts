// How similar layers are. Pure.
import type { Finding } from '../../../shared/contract/findings.ts';
import type { ProbeValuesOf } from '../../../shared/contract/probes.ts';

type Values = ProbeValuesOf<'similarity'>;

/** Mean CKA of layers that follow each other. */
export function neighbourSimilarity({ rows, columns, values }: Values): number {
  const near = rows.slice(1).flatMap((_, i) => values[i * columns.length + i + 1] ?? []);
  return near.reduce((sum, value) => sum + value, 0) / Math.max(1, near.length);
}

/**
 * Of two networks with the same layers: how many layers of the first are most similar to the layer at the
 * same depth of the second.
 */
export function sameLayerHits({ rows, columns, values }: Values): number {
  return rows.filter((_, i) => {
    const row = values.slice(i * columns.length, (i + 1) * columns.length);
    const best = row.reduce<number>(
      (at, value, j) => ((value ?? -Infinity) > (row[at] ?? -Infinity) ? j : at),
      0,
    );
    return best === i;
  }).length;
}

export function findSimilarity(values: Values): Finding {
  const { rows, columns, examples, batch } = values;
  return {
    sentences: [
      `Layers that follow each other have a CKA of ${neighbourSimilarity(values).toFixed(3)} on average, on ${examples} images in minibatches of ${batch}.`,
    ],
    figures: [
      {
        kind: 'matrix',
        view: 'map',
        id: 'cka',
        title: 'Similarity of layers (linear CKA)',
        xTitle: 'Layer',
        yTitle: 'Layer',
        valueTitle: 'CKA',
        isLog: false,
        hasContours: false,
        columns,
        rows,
        values: values.values,
      },
    ],
    tables: [],
  };
}
