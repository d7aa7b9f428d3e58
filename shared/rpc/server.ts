// Serves a contract over one wire: checks every frame, parses what comes in and what goes out, runs
// the handlers and lets them know when nobody waits any more. One of these per connection.
import type { z } from 'zod';
import { AppError, failure, inputError } from '../errors.ts';
import { formatBytes } from '../format.ts';
import { CallQueue } from './call-queue.ts';
import type {
  CallContext,
  Emit,
  Handlers,
  RpcClient,
  SubscriptionContext,
} from './contract-types.ts';
import type { CallDefinition, Contract, SubscriptionDefinition } from './definition.ts';
import {
  badRequest,
  cancelled,
  crossing,
  internal,
  mistake,
  unknownCall,
} from './error-sentences.ts';
import { createEventWindow, type EventWindow } from './event-window.ts';
import {
  ClientFrame,
  DEFAULT_LIMIT_BYTES,
  EVENT_WINDOW,
  decodeFrame,
  encodeFrame,
  hello,
  versionMismatch,
  violation,
  type ServerFrame,
} from './frames.ts';
import { platform, type CancelController } from './platform.ts';
import type { Wire } from './wire.ts';

export interface ServeOptions {
  readonly version: number;
  /** A defect on this side: a handler threw something else than an AppError, or broke the contract. */
  readonly onInternalError: (error: unknown, name: string) => void;
  /** The client broke the rules and was hung up on. */
  readonly onViolation?: (error: AppError) => void;
  readonly limitBytes?: number;
}

export interface ServedConnection {
  readonly client: RpcClient;
  /** Aborts what is running and ends the wire. */
  close(): void;
  /** Resolves when the wire is down and no handler runs any more. */
  readonly ended: Promise<void>;
}

/** More than any page has at once; beyond, somebody is in a loop. */
const openLimit = 1024;
/** More than any page needs at once; further calls wait for one of these to be answered. */
const runningLimit = 32;
/** Inputs of calls that wait. */
const waitingLimitBytes = DEFAULT_LIMIT_BYTES;
/** Events that may wait for a client that is behind, per subscription. */
const waitingLimit = 4096;

type AnyHandler = (input: unknown, context: SubscriptionContext<unknown>) => Promise<unknown>;

interface Job {
  readonly id: number;
  readonly name: string;
  readonly controller: CancelController;
  window: EventWindow | undefined;
  /** Cancelled or answered: nothing more may be said about it. */
  isOver: boolean;
}

let connectionCount = 0;

export function serveContract<C extends Contract>(
  contract: C,
  handlers: Handlers<C>,
  wire: Wire,
  options: ServeOptions,
): ServedConnection {
  const { version, onInternalError, onViolation, limitBytes = DEFAULT_LIMIT_BYTES } = options;
  const whole = new platform.AbortController();
  const client: RpcClient = { id: `connection-${++connectionCount}`, closed: whole.signal };
  const jobs = new Map<number, Job>();
  const running = new Set<Promise<void>>();
  const queue = new CallQueue({
    runningLimit,
    waitingLimitBytes,
    isBehind: () => !isDown && wire.isBehind?.() === true,
  });
  let greeting: 'awaited' | 'accepted' | 'refused' = 'awaited';
  let refusal: AppError | undefined;
  let lastId = 0;
  let isDown = false;
  let settleEnded = (): void => undefined;
  const ended = new Promise<void>((resolve) => (settleEnded = resolve));

  const send = (frame: ServerFrame): void => {
    if (!isDown) wire.send(encodeFrame(frame, limitBytes));
  };

  const down = (): void => {
    if (isDown) return;
    isDown = true;
    const gone = failure('connection-lost', 'The page is gone.');
    whole.abort(gone);
    for (const job of [...jobs.values()]) drop(job, gone);
    void Promise.all(running).then(settleEnded);
  };

  const drop = (job: Job, reason: AppError): void => {
    job.isOver = true;
    jobs.delete(job.id);
    job.window?.end();
    job.controller.abort(reason);
  };

  const hangUp = (error: AppError): void => {
    if (isDown) return;
    onViolation?.(error);
    wire.close(error.code);
    down();
  };

  /** The last word about a job. @throws if the output cannot cross; the job is still open then */
  const answer = (job: Job, error: AppError | undefined, output?: unknown): void => {
    if (job.isOver || isDown) return;
    const frame: ServerFrame = { kind: 'reply', id: job.id, output };
    const message = encodeFrame(
      error === undefined ? frame : { ...frame, error: crossing(error) },
      limitBytes,
    );
    job.isOver = true;
    jobs.delete(job.id);
    job.window?.end();
    wire.send(message);
  };

  const fail = (job: Job, error: unknown): void => {
    const isExpected = error instanceof Error && ['AppError', 'AbortError'].includes(error.name);
    if (!isExpected) onInternalError(error, job.name);
    answer(job, error instanceof AppError ? error : internal(error));
  };

  const emitter =
    (job: Job, schema: z.ZodType, window: EventWindow): Emit<unknown> =>
    (event, { latest } = {}) => {
      if (job.isOver) return laterTurn();
      const parsed = schema.safeParse(event);
      if (parsed.success) return window.add(parsed.data, latest);
      abandon(job, new Error(mistake(`The event of ${job.name}`, parsed.error, event)));
      return laterTurn();
    };

  /** Ends a subscription from this side while its handler still runs. */
  const abandon = (job: Job, error: unknown): void => {
    fail(job, error);
    job.controller.abort(failure('cancelled', 'The subscription has ended.'));
  };

  const openWindow = (job: Job): EventWindow =>
    createEventWindow({
      size: EVENT_WINDOW,
      waitingLimit,
      send: (event) => {
        try {
          send({ kind: 'event', id: job.id, event });
        } catch (error) {
          abandon(job, error);
        }
      },
      onOverflow: () => {
        abandon(job, failure('too-slow', `The page cannot keep up with ${job.name}. Reload it.`));
      },
    });

  const run = async (job: Job, shape: 'call' | 'subscribe', input: unknown): Promise<void> => {
    const { name, controller } = job;
    try {
      if (refusal !== undefined) throw refusal;
      const definition = find(contract, name, shape);
      const parsed = definition.input.safeParse(input);
      if (!parsed.success) throw badRequest(name, parsed.error, input);
      const handler = (handlers as unknown as Readonly<Record<string, AnyHandler>>)[name];
      if (handler === undefined) throw new Error(`Nobody handles ${name}.`);
      const context: CallContext = { signal: controller.signal, client };
      if (definition.shape === 'subscription') {
        const window = openWindow(job);
        job.window = window;
        const emit = emitter(job, definition.event, window);
        // Events of before the end arrive before it, however it ends.
        try {
          await handler(parsed.data, { ...context, emit });
        } finally {
          await window.drained();
        }
        answer(job, undefined);
      } else {
        const given = await handler(parsed.data, context as SubscriptionContext<unknown>);
        if (job.isOver) return;
        const output = definition.output.safeParse(given);
        if (!output.success) throw new Error(mistake(`The answer of ${name}`, output.error, given));
        answer(job, undefined, output.data);
      }
    } catch (error) {
      fail(job, error);
    }
  };

  const begin = (
    frame: Extract<ClientFrame, { kind: 'call' | 'subscribe' }>,
    sizeBytes: number,
  ): void => {
    lastId = frame.id;
    const job: Job = {
      id: frame.id,
      name: frame.name,
      controller: new platform.AbortController(),
      window: undefined,
      isOver: false,
    };
    jobs.set(job.id, job);
    const start = (): Promise<void> => {
      // Cancelled while it waited for its turn.
      if (job.isOver) return Promise.resolve();
      const done = run(job, frame.kind, frame.input).finally(() => {
        running.delete(done);
        jobs.delete(job.id);
      });
      running.add(done);
      return done;
    };
    if (jobs.size > openLimit) fail(job, tooManyCalls());
    // A subscription stays open for as long as the page does, so it takes nobody's turn.
    else if (frame.kind === 'subscribe') void start();
    else if (!queue.add(sizeBytes, start)) fail(job, tooManyCalls());
  };

  const receive = (frame: ClientFrame, sizeBytes: number): void => {
    if (frame.kind === 'hello') {
      if (greeting !== 'awaited') throw violation('a second greeting');
      refusal = versionMismatch(frame, version);
      greeting = refusal === undefined ? 'accepted' : 'refused';
      send(hello(version));
      return;
    }
    if (greeting === 'awaited') throw violation('it did not greet first');
    const isNew = frame.kind === 'call' || frame.kind === 'subscribe';
    if (isNew !== frame.id > lastId) {
      throw violation(isNew ? `the number ${frame.id} again` : `a number never used, ${frame.id}`);
    }
    if (isNew) {
      begin(frame, sizeBytes);
      return;
    }
    // It may have ended while this was on its way.
    const job = jobs.get(frame.id);
    if (job === undefined) return;
    if (frame.kind === 'acknowledge') {
      if (job.window?.acknowledge(frame.count) !== true) throw violation('it thanks for nothing');
    } else if ((frame.kind === 'unsubscribe') === (job.window !== undefined)) {
      drop(job, cancelled());
    } else {
      throw violation(`it mistakes ${job.name} for something else`);
    }
  };

  wire.attach({
    onOpen: () => undefined,
    onMessage: (message) => {
      if (isDown) return;
      try {
        receive(decodeFrame(ClientFrame, message, limitBytes), message.length);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        hangUp(error);
      }
    },
    onTaken: () => queue.startWaiting(),
    onDown: down,
  });
  return {
    client,
    ended,
    close: () => {
      if (isDown) return;
      wire.close();
      down();
    },
  };
}

function tooManyCalls(): AppError {
  return failure(
    'too-many-calls',
    `More than ${openLimit} calls, or more than ${formatBytes(waitingLimitBytes)} of them, are open. Reload the page.`,
  );
}

/** A handler that emits for ever without a look at its signal must not keep everything else waiting. */
function laterTurn(): Promise<void> {
  return new Promise((resolve) => {
    platform.setTimeout(resolve, 0);
  });
}

function find(
  contract: Contract,
  name: string,
  shape: 'call' | 'subscribe',
): CallDefinition | SubscriptionDefinition {
  // Not `contract[name]` alone: "constructor" is no call.
  const definition = Object.hasOwn(contract, name) ? contract[name] : undefined;
  if (definition === undefined) throw unknownCall(name, Object.keys(contract));
  if ((definition.shape === 'subscription') !== (shape === 'subscribe')) {
    throw inputError('unknown-call', `${name} is not to be used with "${shape}".`);
  }
  return definition;
}
