// The asking end of a contract: calls with cancel, subscriptions that outlive a lost connection, and
// a state to show. It parses both ways, so that a defect of either end shows where it happens.
// After a loss, subscriptions begin again and queries are asked again; a command is never sent twice.
import { AppError, failure, fromErrorDocument } from '../errors.ts';
import type {
  CallName,
  Event,
  GivenInput,
  JobName,
  Output,
  SubscriptionName,
} from './contract-types.ts';
import type {
  CallDefinition,
  Contract,
  JobDefinition,
  SubscriptionDefinition,
} from './definition.ts';
import {
  asAppError,
  badRequest,
  cancelled,
  lost,
  mistake,
  unknownCall,
} from './error-sentences.ts';
import {
  ACKNOWLEDGE_EVERY,
  DEFAULT_LIMIT_BYTES,
  ServerFrame,
  decodeFrame,
  encodeFrame,
  hello,
  versionMismatch,
  violation,
  type ClientFrame,
} from './frames.ts';
import { guarded, throwLater } from './guarded.ts';
import { platform, type CancelSignal } from './platform.ts';
import type { Wire, WireDown } from './wire.ts';

/** `lost` may become `ready` again if the wire reconnects; `mismatch` and a final `lost` are the end. */
export type ClientState = 'connecting' | 'ready' | 'lost' | 'mismatch';

/** `error` says why it is lost or a mismatch, `isFinal` that nothing will change any more. */
export type StateListener = (
  state: ClientState,
  why: { readonly isFinal: boolean; readonly error?: AppError },
) => void;

export interface SubscriptionListener<E> {
  /** Takes as long as it likes: the server waits for promises before it sends many more. */
  readonly onEvent: (event: E) => void | Promise<void>;
  /** The server has ended it, well or with an error. Not called after `end()`. */
  readonly onEnd?: (error?: AppError) => void;
  /** It has begun anew after a loss: events in between were missed. */
  readonly onRestart?: () => void;
}

export interface Subscription {
  end(): void;
}

export interface Client<C extends Contract> {
  /** @throws AppError: what the handler threw, `bad-request`, `cancelled`, `connection-lost`, … */
  call<N extends CallName<C>>(
    name: N,
    input: GivenInput<C[N]>,
    options?: { readonly signal?: CancelSignal | undefined },
  ): Promise<Output<C[N]>>;
  /** Begins as soon as there is a connection. Whatever goes wrong arrives in `onEnd`. */
  subscribe<N extends SubscriptionName<C>>(
    name: N,
    input: GivenInput<C[N]>,
    listener: SubscriptionListener<Event<C[N]>>,
  ): Subscription;
  /**
   * Does a job. Aborting asks it to come to its end: its events and its answer still arrive.
   * @throws AppError as `call` does; a job is never begun a second time
   */
  perform<N extends JobName<C>>(
    name: N,
    input: GivenInput<C[N]>,
    options: {
      /** As of a subscription. */
      readonly onEvent: (event: Event<C[N]>) => void | Promise<void>;
      readonly signal?: CancelSignal | undefined;
    },
  ): Promise<Output<C[N]>>;
  /** Tells the present state at once, then every change. Returns how to stop. */
  onState(listener: StateListener): () => void;
  close(): void;
}

export interface ClientOptions {
  readonly version: number;
  readonly limitBytes?: number;
}

interface OpenCall {
  readonly name: string;
  readonly definition: CallDefinition;
  readonly input: unknown;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: AppError) => void;
  /** Undefined while it waits for a connection. */
  id: number | undefined;
  losses: number;
}

interface OpenSubscription {
  readonly name: string;
  readonly definition: SubscriptionDefinition | JobDefinition;
  readonly input: unknown;
  readonly listener: SubscriptionListener<unknown> & {
    readonly onOutput?: (output: unknown) => void;
  };
  id: number | undefined;
  hasBegun: boolean;
  mustEnd: boolean;
  handled: number;
}

/** A query that was under way in so many losses is suspected of causing them. */
const lossesLimit = 3;

interface Why {
  readonly isFinal: boolean;
  readonly error?: AppError;
}

export function createClient<C extends Contract>(
  contract: C,
  wire: Wire,
  options: ClientOptions,
): Client<C> {
  const end = new ClientEnd(contract, wire, options);
  // The one place where names and types part: both were checked against the contract.
  return {
    call: (name, input, settings) => end.call(name, input, settings) as never,
    perform: (name, input, settings) => end.perform(name, input, settings) as never,
    subscribe: (name, input, listener) =>
      end.subscribe(name, input, listener as SubscriptionListener<unknown>),
    onState: (listener) => end.onState(listener),
    close: () => end.close(),
  };
}

class ClientEnd {
  readonly #contract: Contract;
  readonly #wire: Wire;
  readonly #version: number;
  readonly #limitBytes: number;
  readonly #calls = new Set<OpenCall>();
  readonly #subscriptions = new Set<OpenSubscription>();
  readonly #byId = new Map<number, OpenCall | OpenSubscription>();
  readonly #listeners = new Set<StateListener>();
  #state: ClientState = 'connecting';
  #why: Why = { isFinal: false };
  #lastId = 0;

  constructor(
    contract: Contract,
    wire: Wire,
    { version, limitBytes = DEFAULT_LIMIT_BYTES }: ClientOptions,
  ) {
    this.#contract = contract;
    this.#wire = wire;
    this.#version = version;
    this.#limitBytes = limitBytes;
    wire.attach({
      onOpen: () => {
        if (!this.#why.isFinal) this.#send(hello(version));
      },
      onMessage: (message) => this.#onMessage(message),
      onDown: (down) => this.#onDown(down),
    });
  }

  call(
    name: string,
    input: unknown,
    { signal }: { readonly signal?: CancelSignal | undefined } = {},
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const definition = this.#contract[name];
      if (definition === undefined || 'event' in definition) {
        throw unknownCall(name, Object.keys(this.#contract));
      }
      const parsed = definition.input.safeParse(input);
      if (!parsed.success) throw badRequest(name, parsed.error, input);
      if (signal?.aborted === true) throw cancelled();
      const problem = this.#finalError();
      if (problem !== undefined) throw problem;
      if (this.#state === 'lost' && definition.shape === 'command') throw this.#why.error ?? lost();
      const onAbort = (): void => {
        const { id } = open;
        this.#reject(open, cancelled());
        if (id !== undefined) this.#send({ kind: 'cancel', id });
      };
      const done = (): void => signal?.removeEventListener('abort', onAbort);
      const open: OpenCall = {
        name,
        definition,
        input: parsed.data,
        id: undefined,
        losses: 0,
        resolve: (output) => {
          done();
          resolve(output);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort);
      this.#calls.add(open);
      if (this.#state === 'ready') this.#sendCall(open);
    });
  }

  subscribe(name: string, input: unknown, listener: SubscriptionListener<unknown>): Subscription {
    const open = this.#open(name, 'subscription', input, listener);
    return {
      end: () => {
        if (!this.#subscriptions.delete(open) || open.id === undefined) return;
        this.#byId.delete(open.id);
        this.#send({ kind: 'unsubscribe', id: open.id });
      },
    };
  }

  perform(
    name: string,
    input: unknown,
    {
      onEvent,
      signal,
    }: {
      readonly onEvent: (event: never) => void | Promise<void>;
      readonly signal?: CancelSignal | undefined;
    },
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        open.mustEnd = true;
        if (open.id !== undefined && this.#subscriptions.has(open)) {
          this.#send({ kind: 'cancel', id: open.id });
        }
      };
      const open = this.#open(name, 'job', input, {
        onEvent: onEvent as (event: unknown) => void | Promise<void>,
        onOutput: resolve,
        onEnd: (error) => {
          signal?.removeEventListener('abort', onAbort);
          // After the answer, if there was one.
          reject(error ?? lost());
        },
      });
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener('abort', onAbort);
    });
  }

  onState(listener: StateListener): () => void {
    this.#listeners.add(listener);
    listener(this.#state, this.#why);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  close(): void {
    if (this.#why.isFinal) return;
    this.#wire.close();
    // Whoever closes knows: its subscriptions are not told. Of a job somebody waits for the answer.
    for (const open of [...this.#subscriptions]) {
      if (open.definition.shape === 'subscription') this.#subscriptions.delete(open);
    }
    this.#finish('lost', failure('connection-closed', 'The connection was closed.'));
  }

  #open(
    name: string,
    shape: 'subscription' | 'job',
    input: unknown,
    listener: OpenSubscription['listener'],
  ): OpenSubscription {
    const definition = this.#contract[name];
    if (definition === undefined || !('event' in definition) || definition.shape !== shape) {
      throw unknownCall(name, Object.keys(this.#contract));
    }
    const parsed = definition.input.safeParse(input);
    const problem = parsed.success ? this.#finalError() : badRequest(name, parsed.error, input);
    const open: OpenSubscription = {
      name,
      definition,
      input: parsed.data,
      listener,
      id: undefined,
      hasBegun: false,
      mustEnd: false,
      handled: 0,
    };
    this.#subscriptions.add(open);
    if (problem !== undefined) {
      // Not before the caller has what this returns.
      platform.queueMicrotask(() => {
        if (this.#subscriptions.has(open)) this.#endSubscription(open, problem);
      });
    } else if (this.#state === 'ready') {
      this.#sendSubscribe(open);
    }
    return open;
  }

  #send(frame: ClientFrame): void {
    this.#wire.send(encodeFrame(frame, this.#limitBytes));
  }

  #finalError(): AppError | undefined {
    return this.#why.isFinal ? (this.#why.error ?? lost()) : undefined;
  }

  #become(next: ClientState, why: Why): void {
    this.#state = next;
    this.#why = why;
    for (const listener of [...this.#listeners]) listener(next, why);
  }

  #settle(call: OpenCall): void {
    this.#calls.delete(call);
    if (call.id !== undefined) this.#byId.delete(call.id);
  }

  #reject(call: OpenCall, error: AppError): void {
    this.#settle(call);
    call.reject(error);
  }

  #endSubscription(open: OpenSubscription, error?: AppError): void {
    this.#subscriptions.delete(open);
    if (open.id !== undefined) this.#byId.delete(open.id);
    const { onEnd } = open.listener;
    if (onEnd !== undefined) guarded(() => (error === undefined ? onEnd() : onEnd(error)));
  }

  #sendCall(call: OpenCall): void {
    const id = ++this.#lastId;
    try {
      this.#send({ kind: 'call', id, name: call.name, input: call.input });
      call.id = id;
      this.#byId.set(id, call);
    } catch (error) {
      this.#reject(call, asAppError(error));
    }
  }

  #sendSubscribe(open: OpenSubscription): void {
    const { name, input, listener, hasBegun } = open;
    const id = ++this.#lastId;
    try {
      this.#send({ kind: 'subscribe', id, name, input });
    } catch (error) {
      this.#endSubscription(open, asAppError(error));
      return;
    }
    open.id = id;
    open.handled = 0;
    open.hasBegun = true;
    this.#byId.set(id, open);
    if (open.mustEnd) this.#send({ kind: 'cancel', id });
    if (hasBegun && listener.onRestart !== undefined) guarded(listener.onRestart);
  }

  /** Nothing will come any more. */
  #finish(next: ClientState, error: AppError): void {
    this.#byId.clear();
    this.#become(next, { isFinal: true, error });
    for (const call of [...this.#calls]) this.#reject(call, error);
    for (const open of [...this.#subscriptions]) this.#endSubscription(open, error);
  }

  #onDown({ isFinal, error = lost() }: WireDown): void {
    if (this.#why.isFinal) return;
    if (isFinal) {
      this.#finish('lost', error);
      return;
    }
    this.#byId.clear();
    for (const open of this.#subscriptions) open.id = undefined;
    this.#become('lost', { isFinal: false, error });
    for (const open of [...this.#subscriptions]) {
      if (open.definition.shape === 'job' && open.hasBegun) this.#endSubscription(open, error);
    }
    for (const call of [...this.#calls]) {
      if (call.id !== undefined) call.losses++;
      call.id = undefined;
      if (call.definition.shape === 'command' || call.losses >= lossesLimit) {
        this.#reject(call, error);
      }
    }
  }

  #onMessage(message: Uint8Array): void {
    if (this.#why.isFinal) return;
    try {
      this.#receive(decodeFrame(ServerFrame, message, this.#limitBytes));
    } catch (error) {
      this.#wire.close(error instanceof AppError ? error.code : 'internal');
      this.#finish('lost', asAppError(error));
    }
  }

  #receive(frame: ServerFrame): void {
    if (frame.kind === 'hello') {
      this.#onHello(frame);
      return;
    }
    if (frame.id > this.#lastId) throw violation(`it answers what was never asked, ${frame.id}`);
    const open = this.#byId.get(frame.id);
    // It may have been cancelled while this was on its way.
    if (open === undefined) return;
    if (frame.kind === 'event') {
      if (!('listener' in open)) throw violation('an event for a call');
      this.#onEvent(open, frame);
      return;
    }
    const error = frame.error && fromErrorDocument(frame.error);
    if (!('listener' in open)) this.#onReply(open, frame.output, error);
    else if (open.definition.shape === 'subscription') this.#endSubscription(open, error);
    else this.#onAnswer(open, open.definition, frame.output, error);
  }

  #onHello(frame: Extract<ServerFrame, { kind: 'hello' }>): void {
    if (this.#state === 'ready') throw violation('a second greeting');
    const mismatch = versionMismatch(frame, this.#version);
    if (mismatch !== undefined) {
      this.#wire.close();
      this.#finish('mismatch', mismatch);
      return;
    }
    this.#become('ready', { isFinal: false });
    for (const open of [...this.#subscriptions]) {
      if (open.id === undefined) this.#sendSubscribe(open);
    }
    for (const call of [...this.#calls]) if (call.id === undefined) this.#sendCall(call);
  }

  #onReply(call: OpenCall, output: unknown, error: AppError | undefined): void {
    const answer = error ?? parsedAnswer(call.name, call.definition, output);
    if (answer instanceof AppError) {
      this.#reject(call, answer);
    } else {
      this.#settle(call);
      call.resolve(answer.data);
    }
  }

  #onAnswer(
    open: OpenSubscription,
    definition: JobDefinition,
    output: unknown,
    error: AppError | undefined,
  ): void {
    const answer = error ?? parsedAnswer(open.name, definition, output);
    if (answer instanceof AppError) {
      this.#endSubscription(open, answer);
    } else {
      open.listener.onOutput?.(answer.data);
      this.#endSubscription(open);
    }
  }

  #onEvent(
    open: OpenSubscription,
    { id, event, isAwaited }: Extract<ServerFrame, { kind: 'event' }>,
  ): void {
    const parsed = open.definition.event.safeParse(event);
    if (!parsed.success) {
      this.#send({ kind: 'unsubscribe', id });
      const sentence = mistake(`An event of ${open.name}`, parsed.error, event);
      this.#endSubscription(open, failure('bad-event', sentence));
      return;
    }
    const acknowledge = (): void => {
      if (open.id !== id || !this.#subscriptions.has(open)) return;
      open.handled++;
      if (open.handled < ACKNOWLEDGE_EVERY && isAwaited !== true) return;
      this.#send({ kind: 'acknowledge', id, count: open.handled });
      open.handled = 0;
    };
    const pending = guarded(() => open.listener.onEvent(parsed.data));
    if (pending === undefined) acknowledge();
    else void pending.catch(throwLater).then(acknowledge);
  }
}

function parsedAnswer(
  name: string,
  definition: CallDefinition | JobDefinition,
  output: unknown,
): AppError | { readonly data: unknown } {
  const parsed = definition.output.safeParse(output);
  if (parsed.success) return { data: parsed.data };
  return failure('bad-reply', mistake(`The answer to ${name}`, parsed.error, output));
}
