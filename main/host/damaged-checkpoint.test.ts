// Real checkpoint files, damaged in every way that disks, copies and people know.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { AppError } from '../../shared/errors.ts';
import { MAX_HEADER_BYTES } from '../../shared/safetensors.ts';
import type { Library } from '../store/library.ts';
import type { RunRecord } from '../store/run-record.ts';
import { checkCheckpoints } from './check-checkpoints.ts';
import { extendRun } from './extend-run.ts';
import { RunService } from './run-service.ts';
import { exampleSpec, testHost } from './testing/host-fixtures.ts';

/** A run that was stopped at step 6 of 12, with a best checkpoint of step 4. */
async function stoppedRun() {
  const { parts, perform } = await testHost('wait-at-6');
  const runs = new RunService(parts);
  const { library } = parts;
  const run = await runs.start(exampleSpec(), {
    onEvent: (event) => {
      if (event.kind === 'progress' && event.step === 6) runs.stop(library.runs.list().runs[0]!.id);
    },
  });
  perform('finish');
  return { runs, library, run, last: path.join(library.runFolder(run.id), 'last.safetensors') };
}

function forgetRecord(library: Library, run: RunRecord): void {
  const { best } = run.checkpoints;
  library.runs.update(run.id, { checkpoints: best ? { best } : {} });
}

function flip(bytes: Buffer, at: number, bit = 1): Buffer {
  bytes[at] = bytes[at]! ^ bit;
  return bytes;
}

const headerOf = (bytes: Buffer): number => 8 + bytes.readUInt32LE(0);

function edited(bytes: Buffer, change: (header: string) => string): Buffer {
  const end = headerOf(bytes);
  const header = Buffer.from(change(bytes.subarray(8, end).toString()));
  const length = Buffer.alloc(8);
  length.writeUInt32LE(header.length);
  return Buffer.concat([length, header, bytes.subarray(end)]);
}

const damage: Readonly<Record<string, (bytes: Buffer) => Buffer | undefined>> = {
  'a bit of a mantissa': (bytes) => flip(bytes, headerOf(bytes)),
  'a bit of an exponent': (bytes) => flip(bytes, headerOf(bytes) + 3, 0x40),
  'the last bit of the file': (bytes) => flip(bytes, bytes.length - 1),
  'a bit of the header length': (bytes) => flip(bytes, 1),
  'a letter of a tensor name': (bytes) => flip(bytes, bytes.indexOf('fc.weight') + 1),
  'a digit of the step': (bytes) => flip(bytes, bytes.indexOf('\\"step\\":6') + 9),
  'a step beyond all limits': (bytes) =>
    edited(bytes, (text) => text.replace('\\"step\\":6', '\\"step\\":1e9')),
  'a step that is text': (bytes) =>
    edited(bytes, (text) => text.replace('\\"step\\":6', '\\"step\\":null')),
  'state that is no JSON': (bytes) =>
    edited(bytes, (text) => text.replace('{\\"format', '{format')),
  'another shape': (bytes) => edited(bytes, (text) => text.replace('"shape":[4]', '"shape":[2,2]')),
  'a seal that is no seal': (bytes) =>
    edited(bytes, (text) => text.replace(/(seal":")[0-9a-f]{64}/, '$1nothing')),
  'another seal': (bytes) =>
    edited(bytes, (text) => text.replace(/(seal":")[0-9a-f]/, (_, before) => `${before}x`)),
  'half of the file': (bytes) => bytes.subarray(0, bytes.length >> 1),
  'all but one byte': (bytes) => bytes.subarray(0, bytes.length - 1),
  'one byte more': (bytes) => Buffer.concat([bytes, Buffer.of(0)]),
  'an empty file': () => Buffer.alloc(0),
  'zeros from the middle on': (bytes) => bytes.fill(0, bytes.length >> 1),
  'a header of 4 GiB': (bytes) => {
    bytes.writeUInt32LE(MAX_HEADER_BYTES + 1);
    return bytes;
  },
  'no file': () => undefined,
};

test.each([{ isRecorded: true }, { isRecorded: false }])(
  'Resuming refuses whatever is damaged, recorded: $isRecorded, and says what else there is.',
  async ({ isRecorded }) => {
    const { runs, library, run, last } = await stoppedRun();
    if (!isRecorded) forgetRecord(library, run);
    const whole = fs.readFileSync(last);
    for (const [name, work] of Object.entries(damage)) {
      const bytes = work(Buffer.from(whole));
      if (bytes === undefined) {
        // As far as anybody knows there never was one.
        if (!isRecorded) continue;
        fs.rmSync(last);
      } else fs.writeFileSync(last, bytes);
      const error = await runs.resume(run.id).then(
        () => undefined,
        (thrown: unknown) => thrown as AppError,
      );
      const code = bytes === undefined ? 'checkpoint-missing' : 'damaged-checkpoint';
      expect(error?.code, name).toBe(code);
      const best = { from: 'best', step: 4, lostSteps: 2, lostMs: 20, hasSlots: false };
      expect(error?.details['alternatives'], name).toEqual([expect.objectContaining(best)]);
      expect(error?.message, name).toContain(`runs resume ${run.id} --from best`);
      const untouched = { status: 'interrupted', step: 6, history: [] };
      expect(library.runs.get(run.id), name).toMatchObject(untouched);
    }
  },
);

test('A run goes back to its best checkpoint, and its record says what that cost.', async () => {
  const { runs, library, run, last } = await stoppedRun();
  fs.writeFileSync(last, flip(fs.readFileSync(last), headerOf(fs.readFileSync(last))));
  const steps: number[] = [];
  const resumed = await runs.resume(run.id, {
    from: 'best',
    onEvent: (event) => {
      if (event.kind === 'prepared') steps.push(event.facts.firstStep);
    },
  });
  expect(steps).toEqual([4]);
  expect(resumed).toMatchObject({
    status: 'finished',
    step: 12,
    history: [{ kind: 'went-back', from: 'best', step: 4, lostSteps: 2, keptOptimizer: false }],
  });
  expect([...library.series.read(run.id, 'train/loss')!.steps]).toEqual(
    Array.from({ length: 12 }, (_, i) => i + 1),
  );
  const files = fs.readdirSync(library.runFolder(run.id));
  expect(files).toContain('last.damaged.safetensors');
});

test('A finished run goes back if its last checkpoint is damaged, and only then.', async () => {
  const { runs, library, run, last } = await stoppedRun();
  expect(await runs.resume(run.id)).toMatchObject({ status: 'finished', step: 12 });
  await expect(runs.resume(run.id, { from: 'best' })).rejects.toMatchObject({
    code: 'run-finished',
  });
  expect(library.runs.get(run.id)).toMatchObject({ status: 'finished', history: [] });
  fs.truncateSync(last, 20);
  const length = { kind: 'steps', steps: 20 } as const;
  const refused = (await extendRun(library, run.id, { length, schedule: 'append' }).catch(
    (thrown: unknown) => thrown,
  )) as AppError;
  const [{ from } = { from: 'start' as const }] = refused.details['alternatives'] as {
    from: 'best';
  }[];
  expect(refused.message).toContain(`runs resume ${run.id} --from ${from}`);
  expect(await runs.resume(run.id, { from })).toMatchObject({
    ...{ status: 'finished', step: 12 },
    history: [{ kind: 'went-back', from }],
  });
  expect(await extendRun(library, run.id, { length, schedule: 'append' })).toMatchObject({
    totalSteps: 20,
  });
});

test('A run goes back to its start if nothing of it is whole.', async () => {
  const { runs, library, run, last } = await stoppedRun();
  const folder = library.runFolder(run.id);
  for (const file of [last, path.join(folder, 'best.safetensors')]) fs.truncateSync(file, 20);
  const error = (await runs.resume(run.id).catch((thrown: unknown) => thrown)) as AppError;
  expect(error.details['alternatives']).toEqual([]);
  expect(error.message).toContain('--from start');
  await expect(runs.resume(run.id, { from: 'best' })).rejects.toMatchObject({
    code: expect.stringMatching(/damaged-checkpoint|truncated-file/) as string,
  });
  expect(await runs.resume(run.id, { from: 'start' })).toMatchObject({
    status: 'finished',
    history: [{ kind: 'went-back', from: 'start', step: 0, lostSteps: 6 }],
  });
});

test('A checkpoint of another run, or an older one, is not taken for the last.', async () => {
  const { runs, library, run, last } = await stoppedRun();
  const best = path.join(library.runFolder(run.id), 'best.safetensors');
  fs.copyFileSync(best, last);
  await expect(runs.resume(run.id)).rejects.toMatchObject({ code: 'damaged-checkpoint' });
  const other = await runs.start(exampleSpec(undefined, 2));
  fs.copyFileSync(path.join(library.runFolder(other.id), 'last.safetensors'), last);
  await expect(runs.resume(run.id)).rejects.toMatchObject({ code: 'damaged-checkpoint' });
});

test('A newer checkpoint that was not written down yet is used.', async () => {
  const { runs, library, run } = await stoppedRun();
  const { last, best } = run.checkpoints;
  const before = { ...last!, step: 4, sha256: '0'.repeat(64) };
  library.runs.update(run.id, { checkpoints: { last: before, ...(best ? { best } : {}) } });
  expect(await runs.resume(run.id)).toMatchObject({ status: 'finished', history: [] });
});

test('A checkpoint of before seals opens if it is what was recorded, and is said to be unproven if nothing was.', async () => {
  const { runs, library, run, last } = await stoppedRun();
  const { createHash } = await import('node:crypto');
  const bytes = edited(fs.readFileSync(last), (text) =>
    text.replace(/,"resnet-lab-seal":"[0-9a-f]{64}"/, ''),
  );
  fs.writeFileSync(last, bytes);
  await expect(runs.resume(run.id)).rejects.toMatchObject({ code: 'damaged-checkpoint' });
  forgetRecord(library, run);
  const warnings: string[] = [];
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(sha256).not.toBe(run.checkpoints.last!.sha256);
  await runs.resume(run.id, {
    onEvent: (event) => {
      if (event.kind === 'warning') warnings.push(event.message);
    },
  });
  expect(warnings).toEqual([expect.stringContaining('SHA-256')]);
});

test('A check of all checkpoints is silent while they are whole, and names each that is damaged or gone.', async () => {
  const { library, last } = await stoppedRun();
  expect(await checkCheckpoints(library)).toEqual({ checkpoints: 2, damagedCheckpoints: [] });
  const bytes = fs.readFileSync(last);
  fs.writeFileSync(last, flip(bytes, bytes.length - 1));
  fs.rmSync(path.join(path.dirname(last), 'best.safetensors'));
  const { damagedCheckpoints } = await checkCheckpoints(library);
  expect(
    damagedCheckpoints.map(({ problem }) => /(\w+)\.safetensors is (\w+)/.exec(problem)?.slice(1)),
  ).toEqual([
    ['last', 'damaged'],
    ['best', 'gone'],
  ]);
});
