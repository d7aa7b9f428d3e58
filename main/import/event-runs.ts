// A run from the event files of one folder, in the order of their names: scalars of both kinds (a number,
// or a tensor of one), settings from HParams. A restart that a file tells takes back what came after it.
import { inputError, messageOf } from '../../shared/errors.ts';
import { formatBytes } from '../../shared/format.ts';
import type { RunStatus } from '../../shared/contract/run-status.ts';
import {
  decodeEvent,
  decodeHParams,
  type EventMessage,
  type TensorMessage,
  type ValueMessage,
} from '../export/tensorboard/event-messages.ts';
import { readRecords } from '../export/tensorboard/tfrecord.ts';
import type { ForeignRun } from './foreign-run.ts';
import { knownSeries } from './series-names.ts';
import type { NotUsed } from '../../shared/contract/imported-run.ts';

export interface EventFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Point {
  readonly step: number;
  readonly time: number;
  readonly value: number;
}

interface Reading {
  readonly series: Map<string, Point[]>;
  readonly other: Map<string, string>;
  settings: ForeignRun['settings'];
  status: RunStatus;
}

const SESSION_STATUS: Readonly<Record<number, RunStatus>> = {
  0: 'interrupted',
  1: 'finished',
  2: 'failed',
  3: 'interrupted',
};

/** @throws inputError `bad-event-file`, naming the file and the place */
export function readEventRun(
  files: readonly EventFile[],
  { map, name }: { readonly map: ReadonlyMap<string, string>; readonly name: string },
): ForeignRun {
  const reading: Reading = {
    series: new Map(),
    other: new Map(),
    settings: {},
    status: 'finished',
  };
  const notUsed: NotUsed[] = [];
  for (const file of files) {
    const leftBytes = readFile(file, (event) => takeEvent(reading, event));
    if (leftBytes > 0) {
      notUsed.push({
        name: `${file.name}: last ${formatBytes(leftBytes)}`,
        reason: 'a record that was not finished when the writer ended',
      });
    }
  }
  for (const [tag, reason] of reading.other) notUsed.push({ name: tag, reason });
  const names = namesOf([...reading.series.keys()], map, notUsed);
  const series = [...names].map(([own, tag]) => {
    const points = reading.series.get(tag) ?? [];
    return {
      ...{ name: own, axis: 'step' as const },
      xs: points.map(({ step }) => step),
      values: points.map(({ value }) => value),
      times: points.map(({ time }) => time * 1000),
    };
  });
  if (series.every(({ xs }) => xs.length === 0)) {
    throw bad(files[0]?.name ?? name, 'it holds no scalar');
  }
  return { name, status: reading.status, settings: reading.settings, series, notUsed };
}

function readFile({ name, bytes }: EventFile, take: (event: EventMessage) => void): number {
  let records = 0;
  try {
    const end = readRecords(bytes, (data) => {
      const event = decodeEvent(data);
      // Every writer begins so; a file of other records has other first bytes.
      if (records === 0 && event.fileVersion?.startsWith('brain.Event:') !== true) {
        throw bad(name, 'it does not begin as event files do');
      }
      records++;
      take(event);
    });
    if (end.records === 0) throw bad(name, 'it holds no whole record');
    return end.leftBytes;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'bad-event-file') throw error;
    throw bad(name, messageOf(error).replace(/\.$/, ''), error);
  }
}

function takeEvent(reading: Reading, { step = 0, wallTime = 0, ...event }: EventMessage): void {
  if (event.sessionLog?.status === 1) {
    for (const [tag, points] of reading.series) {
      reading.series.set(
        tag,
        points.filter((point) => point.step < step),
      );
    }
  }
  for (const value of event.summary?.value ?? []) takeValue(reading, value, step, wallTime);
}

function takeValue(reading: Reading, value: ValueMessage, step: number, time: number): void {
  const { tag = '' } = value;
  const plugin = value.metadata?.pluginData;
  if (plugin?.pluginName === 'hparams') {
    takeSettings(reading, plugin.content ?? new Uint8Array());
    return;
  }
  const number = value.simpleValue ?? (value.tensor ? scalarOf(value.tensor) : undefined);
  const isKnown = reading.series.has(tag);
  const isScalar =
    plugin?.pluginName === undefined || plugin.pluginName === '' || plugin.pluginName === 'scalars';
  if (number === undefined || !(isScalar || isKnown) || tag === '') {
    reading.other.set(
      tag || '(no tag)',
      plugin?.pluginName ? `${plugin.pluginName}, not a scalar` : 'not a scalar',
    );
    return;
  }
  if (!Number.isSafeInteger(step) || Math.abs(step) >= 2 ** 31) {
    throw inputError(
      'record-damaged',
      `the tag ${tag} has the step ${step}, which is beyond all counting`,
    );
  }
  const points = reading.series.get(tag) ?? [];
  points.push({ step, time, value: number });
  reading.series.set(tag, points);
}

function takeSettings(reading: Reading, content: Uint8Array): void {
  const { sessionStartInfo, sessionEndInfo } = decodeHParams(content);
  if (sessionStartInfo?.hparams !== undefined) {
    reading.settings = Object.fromEntries(
      Object.entries(sessionStartInfo.hparams).map(([name, value]) => [
        name,
        'numberValue' in value
          ? value.numberValue
          : 'stringValue' in value
            ? value.stringValue
            : value.boolValue,
      ]),
    );
  }
  if (sessionEndInfo !== undefined) {
    reading.status = SESSION_STATUS[sessionEndInfo.status ?? 0] ?? 'interrupted';
  }
}

const READERS: Readonly<Record<number, (view: DataView) => number>> = {
  1: (view) => view.getFloat32(0, true),
  2: (view) => view.getFloat64(0, true),
  3: (view) => view.getInt32(0, true),
  9: (view) => Number(view.getBigInt64(0, true)),
};
const SIZES: Readonly<Record<number, number>> = { 1: 4, 2: 8, 3: 4, 9: 8 };

/** Undefined unless it holds a single number. */
function scalarOf(tensor: TensorMessage): number | undefined {
  const { dtype = 0, shape, content } = tensor;
  const size = (shape?.dim ?? []).reduce((product, dim) => product * (dim.size ?? 0), 1);
  if (size !== 1) return undefined;
  if (content !== undefined && content.length > 0) {
    if (content.length !== SIZES[dtype]) return undefined;
    return READERS[dtype]?.(new DataView(content.buffer, content.byteOffset, content.byteLength));
  }
  const lists = [tensor.floatVal, tensor.doubleVal, tensor.intVal, tensor.int64Val];
  return lists.find((list) => list !== undefined && list.length > 0)?.[0];
}

/** By the name here. */
function namesOf(
  tags: readonly string[],
  map: ReadonlyMap<string, string>,
  notUsed: NotUsed[],
): Map<string, string> {
  const names = new Map<string, string>();
  const mapped = new Set<string>();
  for (const [name, tag] of map) {
    if (tag === '' ? !tags.includes(name) : !tags.includes(tag)) {
      throw inputError(
        'bad-map',
        `There is no tag "${tag === '' ? name : tag}". There are: ${tags.slice(0, 30).join(', ')}.`,
        { path: 'map', details: { tags } },
      );
    }
    mapped.add(tag === '' ? name : tag);
    if (tag === '') notUsed.push({ name, reason: 'left out as asked' });
    else names.set(knownSeries(name) ?? name, tag);
  }
  for (const tag of tags) {
    if (mapped.has(tag)) continue;
    const known = knownSeries(tag);
    names.set(known === undefined || names.has(known) ? tag : known, tag);
  }
  return names;
}

function bad(file: string, why: string, cause?: unknown): Error {
  return inputError('bad-event-file', `${file} can't be read as an event file: ${why}.`, {
    path: file,
    ...(cause === undefined ? {} : { cause }),
  });
}
