import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openLibrary } from '../../store/library.ts';
import { readLastCheck, recordCheck } from '../last-check.ts';
import { checkQuickly } from './library-check.ts';

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-check-'));
afterEach(() => fs.rmSync(home, { recursive: true, force: true }));

test('A quick check is recorded, names folders without a run, and keeps what a full one found.', () => {
  const library = openLibrary(home);
  try {
    expect(readLastCheck(home)).toBeNull();
    fs.mkdirSync(path.join(home, 'runs', 'r-lost'), { recursive: true });
    fs.writeFileSync(path.join(home, 'runs', 'r-lost', 'run.json'), '{}');
    const quick = checkQuickly(library);
    expect(quick).toMatchObject({ depth: 'quick', isSound: true });
    expect(quick.findings.withoutRecord).toEqual(['r-lost']);
    expect(readLastCheck(home)).toEqual(quick);
    const full = recordCheck(home, 'full', {
      ...{ database: [], runs: 0, damaged: [], withoutRecord: [], checkpoints: 1 },
      damagedCheckpoints: [{ id: 'r-1', problem: 'damaged' }],
    });
    expect(full.isSound).toBe(false);
    expect(checkQuickly(library)).toEqual(full);
  } finally {
    library.close();
  }
});
