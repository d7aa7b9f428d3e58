import { expect, test } from 'vitest';
import { damageOf } from './library-damage.ts';

const sound = {
  ...{ database: [], runs: 2, damaged: [], withoutRecord: [], checkpoints: 4 },
  damagedCheckpoints: [],
};

test('A sound library has no lines; damage is named by run.', () => {
  const check = { at: '2026-01-01T00:00:00.000Z', depth: 'full', isSound: true } as const;
  expect(damageOf({ ...check, findings: sound })).toEqual([]);
  const findings = {
    ...sound,
    database: ['row 3 missing from index'],
    damaged: [{ id: 'r-1', problem: 'its record can not be read' }],
    damagedCheckpoints: [{ id: 'r-2', problem: 'last.safetensors is damaged.' }],
    withoutRecord: ['r-3', 'r-4'],
  };
  expect(damageOf({ ...check, isSound: false, findings })).toEqual([
    'Database: row 3 missing from index',
    'r-1: its record can not be read',
    'r-2: last.safetensors is damaged.',
    'Folders in runs/ that no run has: r-3, r-4',
  ]);
});
