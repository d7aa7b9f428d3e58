// Serves a contract over one wire: checks every frame, parses what comes in and what goes out, runs
// the handlers and lets them know when nobody waits any more. One of these per connection.
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
import type { Contract, Definition } from './definition.ts';
import {
  badRequest,
  cancelled,
  crossing,
  internal,
  mistake,
  unknownCall,
} from './error-sentences.ts';
import { EventWindow } from './event-window.ts';
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
  /** So many calls run at the same time; further ones wait for their turn. */
  readonly maxParallelCalls?: number;
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

/** A call, a subscription or a job of the contract that is under way. */
class Request {
  readonly id: number;
  readonly name: string;
  readonly controller: CancelController = new platform.AbortController();
  /** Of what has events. */
  window: EventWindow | undefined;
  isJob = false;
  /** Dropped or answered: nothing more may be said about it. */
  isOver = false;

  constructor({ id, name }: { readonly id: number; readonly name: string }) {
    this.id = id;
    this.name = name;
  }
}

let connectionCount = 0;

export function serveContract<C extends Contract>(
  contract: C,
  handlers: Handlers<C>,
  wire: Wire,
  options: ServeOptions,
): ServedConnection {
  return new Connection(contract, handlers, wire, options);
}

class Connection implements ServedConnection {
  readonly client: RpcClient;
  readonly ended: Promise<void>;
  readonly #contract: Contract;
  readonly #handlers: Readonly<Record<string, AnyHandler>>;
  readonly #wire: Wire;
  readonly #options: ServeOptions;
  readonly #limitBytes: number;
  readonly #whole = new platform.AbortController();
  readonly #requests = new Map<number, Request>();
  readonly #running = new Set<Promise<void>>();
  readonly #queue: CallQueue;
  #greeting: 'awaited' | 'accepted' | 'refused' = 'awaited';
  #refusal: AppError | undefined;
  #lastId = 0;
  #isDown = false;
  #settleEnded = (): void => undefined;

  constructor(
    contract: Contract,
    handlers: Readonly<Record<string, AnyHandler>>,
    wire: Wire,
    options: ServeOptions,
  ) {
    this.#contract = contract;
    this.#handlers = handlers;
    this.#wire = wire;
    this.#options = options;
    this.#limitBytes = options.limitBytes ?? DEFAULT_LIMIT_BYTES;
    this.client = { id: `connection-${++connectionCount}`, closed: this.#whole.signal };
    this.ended = new Promise<void>((resolve) => (this.#settleEnded = resolve));
    this.#queue = new CallQueue({
      runningLimit: options.maxParallelCalls ?? runningLimit,
      waitingLimitBytes,
      isBehind: () => !this.#isDown && wire.isBehind?.() === true,
    });
    wire.attach({
      onOpen: () => undefined,
      onMessage: (message) => this.#onMessage(message),
      onTaken: () => this.#queue.startWaiting(),
      onDown: () => this.#down(),
    });
  }

  close(): void {
    if (this.#isDown) return;
    this.#wire.close();
    this.#down();
  }

  #onMessage(message: Uint8Array): void {
    if (this.#isDown) return;
    try {
      this.#receive(decodeFrame(ClientFrame, message, this.#limitBytes), message.length);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#hangUp(error);
    }
  }

  #receive(frame: ClientFrame, sizeBytes: number): void {
    if (frame.kind === 'hello') {
      this.#greet(frame);
      return;
    }
    if (this.#greeting === 'awaited') throw violation('it did not greet first');
    const isNew = frame.kind === 'call' || frame.kind === 'subscribe';
    if (isNew !== frame.id > this.#lastId) {
      throw violation(isNew ? `the number ${frame.id} again` : `a number never used, ${frame.id}`);
    }
    if (isNew) {
      this.#begin(frame, sizeBytes);
      return;
    }
    // It may have ended while this was on its way.
    const request = this.#requests.get(frame.id);
    if (request === undefined) return;
    if (frame.kind === 'acknowledge') {
      if (request.window?.acknowledge(frame.count) === true) return;
      throw violation('it thanks for nothing');
    }
    if (frame.kind === 'cancel' && request.isJob) request.controller.abort(cancelled());
    else if ((frame.kind === 'unsubscribe') === (request.window !== undefined)) {
      this.#drop(request, cancelled());
    } else {
      throw violation(`it mistakes ${request.name} for something else`);
    }
  }

  #greet(frame: Extract<ClientFrame, { kind: 'hello' }>): void {
    if (this.#greeting !== 'awaited') throw violation('a second greeting');
    const { version } = this.#options;
    this.#refusal = versionMismatch(frame, version);
    this.#greeting = this.#refusal === undefined ? 'accepted' : 'refused';
    this.#send(hello(version));
  }

  #begin(frame: Extract<ClientFrame, { kind: 'call' | 'subscribe' }>, sizeBytes: number): void {
    this.#lastId = frame.id;
    const request = new Request(frame);
    this.#requests.set(request.id, request);
    const start = (): Promise<void> => {
      // Cancelled while it waited for its turn.
      if (request.isOver) return Promise.resolve();
      const done = this.#run(request, frame.kind, frame.input).finally(() => {
        this.#running.delete(done);
        this.#requests.delete(request.id);
      });
      this.#running.add(done);
      return done;
    };
    if (this.#requests.size > openLimit) this.#fail(request, tooManyCalls());
    // A subscription stays open for as long as the page does, so it takes nobody's turn.
    else if (frame.kind === 'subscribe') void start();
    else if (!this.#queue.add(sizeBytes, start)) this.#fail(request, tooManyCalls());
  }

  async #run(request: Request, shape: 'call' | 'subscribe', input: unknown): Promise<void> {
    const { name, controller } = request;
    try {
      if (this.#refusal !== undefined) throw this.#refusal;
      const definition = find(this.#contract, name, shape);
      const parsed = definition.input.safeParse(input);
      if (!parsed.success) throw badRequest(name, parsed.error, input);
      const handler = this.#handlers[name];
      if (handler === undefined) throw new Error(`Nobody handles ${name}.`);
      const context: CallContext = { signal: controller.signal, client: this.client };
      const given =
        'event' in definition
          ? await this.#runWithEvents(request, definition, (emit) =>
              handler(parsed.data, { ...context, emit }),
            )
          : await handler(parsed.data, context as SubscriptionContext<unknown>);
      if (request.isOver) return;
      if (!('output' in definition)) {
        this.#answer(request, undefined);
        return;
      }
      const output = definition.output.safeParse(given);
      if (!output.success) throw new Error(mistake(`The answer of ${name}`, output.error, given));
      this.#answer(request, undefined, output.data);
    } catch (error) {
      this.#fail(request, error);
    }
  }

  /** Events of before the end arrive before it, however it ends. */
  async #runWithEvents(
    request: Request,
    definition: Extract<Definition, { readonly event: unknown }>,
    work: (emit: Emit<unknown>) => Promise<unknown>,
  ): Promise<unknown> {
    const window = this.#openWindow(request);
    request.window = window;
    request.isJob = definition.shape === 'job';
    try {
      return await work((event, options) => {
        if (request.isOver) return laterTurn();
        const parsed = definition.event.safeParse(event);
        if (parsed.success) return window.add(parsed.data, options);
        this.#abandon(
          request,
          new Error(mistake(`The event of ${request.name}`, parsed.error, event)),
        );
        return laterTurn();
      });
    } finally {
      await window.drained();
    }
  }

  #openWindow(request: Request): EventWindow {
    return new EventWindow({
      size: EVENT_WINDOW,
      waitingLimit,
      send: (event, isAwaited) => {
        try {
          const frame: ServerFrame = { kind: 'event', id: request.id, event };
          this.#send(isAwaited ? { ...frame, isAwaited } : frame);
        } catch (error) {
          this.#abandon(request, error);
        }
      },
      onOverflow: () => {
        const sentence = `The page cannot keep up with ${request.name}. Reload it.`;
        this.#abandon(request, failure('too-slow', sentence));
      },
    });
  }

  #send(frame: ServerFrame): void {
    if (!this.#isDown) this.#wire.send(encodeFrame(frame, this.#limitBytes));
  }

  /** The last that is said about it. @throws if the output cannot cross; it is still open then */
  #answer(request: Request, error: AppError | undefined, output?: unknown): void {
    if (request.isOver || this.#isDown) return;
    const frame: ServerFrame = { kind: 'reply', id: request.id, output };
    const message = encodeFrame(
      error === undefined ? frame : { ...frame, error: crossing(error) },
      this.#limitBytes,
    );
    request.isOver = true;
    this.#requests.delete(request.id);
    request.window?.end();
    this.#wire.send(message);
  }

  #fail(request: Request, error: unknown): void {
    const isExpected = error instanceof Error && ['AppError', 'AbortError'].includes(error.name);
    if (!isExpected) this.#options.onInternalError(error, request.name);
    this.#answer(request, error instanceof AppError ? error : internal(error));
  }

  /** Ends a subscription or a job from this side while its handler still runs. */
  #abandon(request: Request, error: unknown): void {
    this.#fail(request, error);
    request.controller.abort(failure('cancelled', 'The subscription has ended.'));
  }

  #drop(request: Request, reason: AppError): void {
    request.isOver = true;
    this.#requests.delete(request.id);
    request.window?.end();
    request.controller.abort(reason);
  }

  #hangUp(error: AppError): void {
    if (this.#isDown) return;
    this.#options.onViolation?.(error);
    this.#wire.close(error.code);
    this.#down();
  }

  #down(): void {
    if (this.#isDown) return;
    this.#isDown = true;
    const gone = failure('connection-lost', 'The page is gone.');
    this.#whole.abort(gone);
    for (const request of [...this.#requests.values()]) this.#drop(request, gone);
    void Promise.all(this.#running).then(this.#settleEnded);
  }
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

function find(contract: Contract, name: string, shape: 'call' | 'subscribe'): Definition {
  // Not `contract[name]` alone: "constructor" is no call.
  const definition = Object.hasOwn(contract, name) ? contract[name] : undefined;
  if (definition === undefined) throw unknownCall(name, Object.keys(contract));
  if ('event' in definition !== (shape === 'subscribe')) {
    throw inputError('unknown-call', `${name} is not to be used with "${shape}".`);
  }
  return definition;
}
