// Readable forms of a recorded graph, for finding ops that should not be there.
import type { GraphNode } from './graph.ts';

/** Ops by how often they occur, most frequent first. An op that Keras's graph lacks is suspect. */
export function opHistogram(nodes: readonly GraphNode[]): { op: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  return [...counts]
    .map(([op, count]) => ({ op, count }))
    .sort((a, b) => b.count - a.count || (a.op < b.op ? -1 : 1));
}

/** One line a node: `name = Op(inputs) {attributes} @host`. */
export function dumpGraph(nodes: readonly GraphNode[]): string {
  return nodes
    .map(({ name, op, inputs, attributes, placement }) => {
      const settings = Object.entries(attributes)
        .map(([key, attribute]) =>
          attribute.kind === 'tensor'
            ? `${key}=${attribute.type}[${attribute.shape.join(',')}]${preview(attribute.values)}`
            : `${key}=${JSON.stringify(attribute.value)}`,
        )
        .join(' ');
      const device = placement === 'host' ? ' @host' : '';
      return `${name} = ${op}(${inputs.join(', ')}) {${settings}}${device}`;
    })
    .join('\n');
}

function preview(values: ArrayLike<number>): string {
  const shown = Array.from({ length: Math.min(values.length, 8) }, (_, index) => values[index]);
  return `(${shown.join(' ')}${values.length > 8 ? ' …' : ''})`;
}
