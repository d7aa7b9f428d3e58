// The process that opens what fuzz made: the same functions that host, trainer and command line call. One
// input at a time; whatever ends this process is a finding of the parent's.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { toErrorDocument } from '../../../shared/errors.ts';
import type { FuzzAnswer, FuzzInput } from './messages.ts';
import { targets } from './targets.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-fuzz-'));
process.on('exit', () => fs.rmSync(root, { recursive: true, force: true }));
process.on('disconnect', () => process.exit());
process.on('message', (input) => {
  void answer(input as FuzzInput).then((result) => process.send?.(result));
});

async function answer(input: FuzzInput): Promise<FuzzAnswer> {
  const folder = fs.mkdtempSync(path.join(root, 'case-'));
  try {
    const target = targets[input.target];
    if (target === undefined) throw new Error(`There is no target ${input.target}.`);
    for (const [name, bytes] of Object.entries(input.files ?? {})) {
      const file = path.join(folder, 'given', name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, bytes);
    }
    const read = await target({
      json: input.json,
      file: path.join(folder, 'given', input.open ?? ''),
      folder,
    });
    return { kind: 'success', read };
  } catch (error) {
    const { code, message } = toErrorDocument(error);
    if (code !== 'internal') return { kind: 'refused', code, sentence: message };
    return {
      kind: 'defect',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
