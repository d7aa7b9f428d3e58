// What can be chosen for a dataset's pixel rules: the usual values, what was found, and what is set. Pure.
import type { DatasetReport } from '../../../shared/contract/app/datasets.ts';
import { LARGEST_SAMPLE } from '../../../shared/spec/pixel-rules.ts';

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** Usual depths of cameras and scanners. */
const USUAL_BITS = [10, 12, 14] as const;

export function depthChoices({ depth, card }: DatasetReport): Choice[] {
  const windows = new Set(USUAL_BITS.map((bits) => `0..${2 ** bits - 1}`));
  if (depth !== null && depth.high > depth.low) windows.add(`${depth.low}..${depth.high}`);
  if (typeof depth?.proposed === 'string') windows.add(depth.proposed);
  if (card.pixelRules.depth !== 'full') windows.add(card.pixelRules.depth);
  return [
    { value: 'full', label: `Full range 0…${LARGEST_SAMPLE}` },
    ...[...windows].sort(byWidth).map((window) => ({
      value: window,
      label: `${window.replace('..', '…')}${window === depth?.proposed ? ' (proposed)' : ''}`,
    })),
  ];
}

function byWidth(a: string, b: string): number {
  return Number(a.split('..')[1]) - Number(b.split('..')[1]);
}

export function groundChoices(current: string): Choice[] {
  const usual = [
    { value: 'white', label: 'White' },
    { value: 'grey', label: 'Grey' },
    { value: 'black', label: 'Black' },
    { value: 'none', label: 'Ignore alpha' },
  ];
  const isUsual = usual.some(({ value }) => value === current);
  return isUsual ? usual : [...usual, { value: current, label: current }];
}
