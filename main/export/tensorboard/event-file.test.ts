import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c } from './masked-crc.ts';
import { decodeEvent, decodeHParams, type EventMessage } from './event-messages.ts';
import { flatSettings, sessionEnd, sessionStart } from './hparams.ts';
import { record, scalarRecords, versionRecords } from './scalar-events.ts';
import { readRecords } from './tfrecord.ts';

function eventsOf(bytes: Uint8Array): EventMessage[] {
  const events: EventMessage[] = [];
  readRecords(bytes, (data) => events.push(decodeEvent(data)));
  return events;
}

test('a scalar is, byte by byte, what TensorBoard’s own writer makes of it', () => {
  const event = {
    wallTime: 1.5,
    step: 3,
    summary: { value: [{ tag: 'train/loss', simpleValue: 0.25 }] },
  };
  // tensorboard 2.21.0, RecordWriter(...).write(Event(...).SerializeToString())
  const golden =
    '200000000000000029eda95009000000000000f83f10032a130a110a0a747261696e2f6c6f7373150000803e43301b92';
  expect(Buffer.from(record(event)).toString('hex')).toBe(golden);
  expect(eventsOf(record(event))).toEqual([event]);
  // RFC 3720, appendix B.4
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
});

test('series come in the order of steps, blocks as a tag each', () => {
  const series = [
    { name: 'loss', steps: [1, 2], elapsedMs: [10, 20], values: [0.5, Number.NaN] },
    {
      name: 'norm',
      labels: ['stem', 'head'],
      steps: [2],
      elapsedMs: [20],
      values: [1, 2],
    },
    { name: 'val', steps: [2], elapsedMs: [25], values: [0.75] },
  ];
  const bytes = Buffer.concat([...versionRecords(7), ...scalarRecords(series, (ms) => 1000 + ms)]);
  const value = (tag: string, simpleValue: number) => ({ tag, simpleValue });
  expect(eventsOf(bytes)).toEqual([
    { wallTime: 7, fileVersion: 'brain.Event:2' },
    { wallTime: 7, sessionLog: { status: 1 } },
    { wallTime: 1.01, step: 1, summary: { value: [value('loss', 0.5)] } },
    {
      wallTime: 1.02,
      step: 2,
      summary: { value: [value('loss', Number.NaN), value('norm/stem', 1), value('norm/head', 2)] },
    },
    { wallTime: 1.025, step: 2, summary: { value: [value('val', 0.75)] } },
  ]);
});

test('settings are the leaves of the spec, and say how the run ended', () => {
  const settings = flatSettings({ a: { b: 1, c: true, d: null }, e: ['x', 2], f: [{ g: 'h' }] });
  expect(settings).toEqual({ 'a.b': 1, 'a.c': true, e: 'x, 2', 'f.0.g': 'h' });
  const start = { experiment: 'e', settings, metrics: ['val/accuracy'], group: 'g' };
  const messages = [...sessionStart({ ...start, startedAtSeconds: 5 }), sessionEnd('failed', 9)];
  expect(messages.map(({ tag }) => tag)).toEqual([
    '_hparams_/experiment',
    '_hparams_/session_start_info',
    '_hparams_/session_end_info',
  ]);
  const [experiment, begun, ended] = messages.map(({ metadata }) =>
    decodeHParams(metadata!.pluginData!.content!),
  );
  expect(experiment?.experiment?.metricInfos).toEqual([{ name: { tag: 'val/accuracy' } }]);
  expect(begun?.sessionStartInfo?.hparams).toEqual({
    'a.b': { numberValue: 1 },
    'a.c': { boolValue: true },
    e: { stringValue: 'x, 2' },
    'f.0.g': { stringValue: 'h' },
  });
  expect(ended?.sessionEndInfo).toEqual({ status: 2, endTimeSecs: 9 });
});

test('a cut file is read up to its last whole record; no changed byte goes unnoticed', () => {
  const bytes = Buffer.concat(
    [1, 2, 3].map((step) => Buffer.from(record({ wallTime: 1, step, summary: { value: [] } }))),
  );
  const whole = eventsOf(bytes);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const cut: EventMessage[] = [];
      const end = readRecords(bytes.subarray(0, at), (data) => cut.push(decodeEvent(data)));
      expect(cut).toEqual(whole.slice(0, end.records));
      expect(end.records < 3).toBe(true);
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ flip;
      expect(() => eventsOf(changed)).toThrow(expect.objectContaining({ code: 'record-damaged' }));
    }),
  );
});
