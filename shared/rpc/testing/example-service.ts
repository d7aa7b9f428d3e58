// A contract and its service that do everything the RPC must cope with, good and bad. What the service
// sees is noted, so that a test can wait for it from another process.
import { z } from 'zod';
import { inputError, messageOf } from '../../errors.ts';
import type { Handlers } from '../contract-types.ts';
import { command, job, query, subscription } from '../definition.ts';
import { platform } from '../platform.ts';
import { serveContract, type ServedConnection } from '../server.ts';
import type { CancelSignal } from '../platform.ts';
import type { Wire } from '../wire.ts';

export const EXAMPLE_VERSION = 7;

const Nothing = z.strictObject({});
const Value = z.object({ value: z.number() });
const Measured = z.object({ value: z.union([z.number(), z.nan()]) });

export const exampleContract = {
  echo: query(z.object({ text: z.string() }), z.object({ text: z.string() })),
  /** Answers with what it was given, twice as large. */
  double: query(
    z.object({ bytes: z.instanceof(Uint8Array), series: z.array(z.instanceof(Float64Array)) }),
    z.object({ bytes: z.instanceof(Uint8Array), series: z.array(z.instanceof(Float64Array)) }),
  ),
  large: query(z.object({ sizeBytes: z.int() }), z.object({ bytes: z.instanceof(Uint8Array) })),
  wait: query(Nothing, Nothing),
  waitToDo: command(Nothing, Nothing),
  refuse: command(Nothing, Nothing),
  break: command(Nothing, Nothing),
  breakWhenCancelled: query(Nothing, Nothing),
  misbehave: query(Nothing, Value),
  hangUp: command(Nothing, Nothing),
  count: subscription(z.object({ to: z.int(), refuse: z.boolean().default(false) }), Value),
  /** All at once, each replacing the one before if that still waits. */
  latest: subscription(z.object({ to: z.int() }), Value),
  flood: subscription(Nothing, Value),
  misbehaveInEvents: subscription(Nothing, Value),
  emitAfterTheEnd: subscription(Nothing, Value),
  /** Counts until it is cancelled or there, each number once the one before has been dealt with. */
  work: job(z.object({ to: z.int(), refuse: z.boolean().default(false) }), Measured, Value),
} as const;

export type ExampleContract = typeof exampleContract;

export interface ExampleOptions {
  readonly note: (text: string) => void;
  readonly limitBytes?: number;
}

export function serveExample(wire: Wire, { note, limitBytes }: ExampleOptions): ServedConnection {
  const connection = serveContract(exampleContract, exampleHandlers(note, close), wire, {
    version: EXAMPLE_VERSION,
    onInternalError: (error, name) => note(`defect in ${name}: ${messageOf(error)}`),
    onViolation: ({ code }) => note(`violation ${code}`),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  });
  function close(): void {
    connection.close();
  }
  return connection;
}

function exampleHandlers(
  note: (text: string) => void,
  hangUp: () => void,
): Handlers<ExampleContract> {
  const refused = inputError('no-images', 'The folder has no images; choose another.', {
    path: 'data.source',
    details: { given: 0, expected: [1, 2] },
  });
  const wait = async (name: string, signal: CancelSignal): Promise<Record<string, never>> => {
    note(`${name} began`);
    await aborted(signal);
    note(`${name} was aborted: ${messageOf(signal.reason)}`);
    return {};
  };
  return {
    echo: (input) => Promise.resolve(input),
    double: ({ bytes, series }) =>
      Promise.resolve({
        bytes: bytes.map((byte) => byte * 2),
        series: series.map((values) => values.map((value) => value * 2)),
      }),
    large: ({ sizeBytes }) => Promise.resolve({ bytes: new Uint8Array(sizeBytes) }),
    wait: (_, { signal }) => wait('wait', signal),
    waitToDo: (_, { signal }) => wait('waitToDo', signal),
    refuse: () => Promise.reject(refused),
    break: () => Promise.reject(new Error('boom')),
    breakWhenCancelled: async (_, { signal }) => {
      note('breakWhenCancelled began');
      await aborted(signal);
      throw new Error('too late');
    },
    misbehave: () => Promise.resolve({ value: 'seven' } as unknown as { value: number }),
    hangUp: () => {
      hangUp();
      return Promise.resolve({});
    },
    count: async ({ to, refuse }, { emit, signal }) => {
      for (let value = 1; value <= to && !signal.aborted; value++) {
        await emit({ value });
        note(`count emitted ${value}`);
      }
      if (signal.aborted) note('count was aborted');
      if (refuse) throw refused;
    },
    latest: async ({ to }, { emit }) => {
      const all = Array.from({ length: to }, (_, index) =>
        emit({ value: index + 1 }, { latest: 'value' }),
      );
      await Promise.all(all);
    },
    flood: async (_, { emit, signal }) => {
      for (let value = 1; !signal.aborted; value++) void emit({ value });
      note('flood was aborted');
      await Promise.resolve();
    },
    misbehaveInEvents: async (_, { emit, signal }) => {
      await emit({ value: 'seven' } as unknown as { value: number });
      note(`misbehaveInEvents is ${signal.aborted ? 'aborted' : 'going on'}`);
    },
    work: async ({ to, refuse }, { emit, signal }) => {
      let value = 0;
      while (value < to && !signal.aborted) {
        await emit({ value: ++value }, { until: 'handled' });
        note(`work ${value} was dealt with`);
      }
      if (signal.aborted) note(`work was asked to end: ${messageOf(signal.reason)}`);
      await emit({ value: NaN });
      if (refuse) throw refused;
      return { value };
    },
    emitAfterTheEnd: async (_, { emit }) => {
      await emit({ value: 1 });
      platform.setTimeout(() => {
        void emit({ value: 2 }).then(() => note('emitted after the end'));
      }, 0);
    },
  };
}

function aborted(signal: CancelSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
