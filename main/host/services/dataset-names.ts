// Names that tell datasets apart: people name folders `photos` more than once. What is added to equal
// names is the first thing that differs between them. Pure.
import path from 'node:path';
import type { DatasetCard } from '../../../shared/contract/app/datasets.ts';

type Named = Pick<DatasetCard, 'name' | 'source' | 'shape' | 'counts' | 'fingerprint'>;

const shownOfFingerprint = 8;

const differences: readonly ((card: Named) => string)[] = [
  // Options of built-in data: `builtin:shapes?train=200&val=50`.
  ({ source }) => source.split('?')[1]?.split('&').join(', ') ?? '',
  ({ source }) => (path.isAbsolute(source) ? `in ${path.dirname(source)}` : ''),
  ({ shape }) => `${shape.width}×${shape.height}`,
  ({ counts }) => `${counts.train + counts.val + counts.test} images`,
  ({ fingerprint }) => fingerprint.slice(0, shownOfFingerprint),
];

/** The cards in their order, with names of which no two are equal. */
export function withDistinctNames<C extends Named>(cards: readonly C[]): C[] {
  const sameName = new Map<string, C[]>();
  for (const card of cards) sameName.set(card.name, [...(sameName.get(card.name) ?? []), card]);
  return cards.map((card) => {
    const group = sameName.get(card.name) ?? [];
    if (group.length === 1) return card;
    const words: string[] = [];
    let alike = group;
    for (const describe of differences) {
      const own = describe(card);
      const still = alike.filter((other) => describe(other) === own);
      if (still.length === alike.length) continue;
      if (own !== '') words.push(own);
      alike = still;
      if (alike.length === 1) break;
    }
    return words.length === 0 ? card : { ...card, name: `${card.name} (${words.join(', ')})` };
  });
}
