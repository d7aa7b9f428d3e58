// The asking end of a contract: calls with cancel, subscriptions that outlive a lost connection, and
// a state to show. It parses both ways, so that a defect of either end shows where it happens.
// After a loss, subscriptions begin again and queries are asked again; a command is never sent twice.
import { AppError, failure, fromErrorDocument } from '../errors.ts';
import type { CallName, Event, GivenInput, Output, SubscriptionName } from './contract-types.ts';
import type { CallDefinition, Contract, SubscriptionDefinition } from './definition.ts';
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
  errorOfWire,
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
  readonly definition: SubscriptionDefinition;
  readonly input: unknown;
  readonly listener: SubscriptionListener<unknown>;
  id: number | undefined;
  hasBegun: boolean;
  handled: number;
}

/** A query that was under way in so many losses is suspected of causing them. */
const lossesLimit = 3;

export function createClient<C extends Contract>(
  contract: C,
  wire: Wire,
  { version, limitBytes = DEFAULT_LIMIT_BYTES }: ClientOptions,
): Client<C> {
  let state: ClientState = 'connecting';
  let why: { readonly isFinal: boolean; readonly error?: AppError } = { isFinal: false };
  let lastId = 0;
  const calls = new Set<OpenCall>();
  const subscriptions = new Set<OpenSubscription>();
  const byId = new Map<number, OpenCall | OpenSubscription>();
  const listeners = new Set<StateListener>();

  const send = (frame: ClientFrame): void => wire.send(encodeFrame(frame, limitBytes));

  const finalError = (): AppError | undefined => (why.isFinal ? (why.error ?? lost()) : undefined);

  const become = (next: ClientState, reason: typeof why): void => {
    state = next;
    why = reason;
    for (const listener of [...listeners]) listener(state, why);
  };

  const settle = (call: OpenCall): void => {
    calls.delete(call);
    if (call.id !== undefined) byId.delete(call.id);
  };

  const reject = (call: OpenCall, error: AppError): void => {
    settle(call);
    call.reject(error);
  };

  const endSubscription = (subscription: OpenSubscription, error?: AppError): void => {
    subscriptions.delete(subscription);
    if (subscription.id !== undefined) byId.delete(subscription.id);
    const { onEnd } = subscription.listener;
    if (onEnd !== undefined) guarded(() => (error === undefined ? onEnd() : onEnd(error)));
  };

  const sendCall = (call: OpenCall): void => {
    const id = ++lastId;
    try {
      send({ kind: 'call', id, name: call.name, input: call.input });
      call.id = id;
      byId.set(id, call);
    } catch (error) {
      reject(call, asAppError(error));
    }
  };

  const sendSubscribe = (subscription: OpenSubscription): void => {
    const { name, input, listener, hasBegun } = subscription;
    const id = ++lastId;
    try {
      send({ kind: 'subscribe', id, name, input });
    } catch (error) {
      endSubscription(subscription, asAppError(error));
      return;
    }
    subscription.id = id;
    subscription.handled = 0;
    subscription.hasBegun = true;
    byId.set(id, subscription);
    if (hasBegun && listener.onRestart !== undefined) guarded(listener.onRestart);
  };

  /** Nothing will come any more. */
  const finish = (next: ClientState, error: AppError): void => {
    byId.clear();
    become(next, { isFinal: true, error });
    for (const call of [...calls]) reject(call, error);
    for (const subscription of [...subscriptions]) endSubscription(subscription, error);
  };

  const onDown = ({ isFinal, error = lost() }: WireDown): void => {
    if (why.isFinal) return;
    if (isFinal) {
      finish('lost', error);
      return;
    }
    byId.clear();
    for (const subscription of subscriptions) subscription.id = undefined;
    become('lost', { isFinal: false, error });
    for (const call of [...calls]) {
      if (call.id !== undefined) call.losses++;
      call.id = undefined;
      if (call.definition.shape === 'command' || call.losses >= lossesLimit) reject(call, error);
    }
  };

  const onHello = (frame: Extract<ServerFrame, { kind: 'hello' }>): void => {
    if (state === 'ready') throw violation('a second greeting');
    const mismatch = versionMismatch(frame, version);
    if (mismatch !== undefined) {
      wire.close();
      finish('mismatch', mismatch);
      return;
    }
    become('ready', { isFinal: false });
    for (const subscription of [...subscriptions]) {
      if (subscription.id === undefined) sendSubscribe(subscription);
    }
    for (const call of [...calls]) if (call.id === undefined) sendCall(call);
  };

  const receive = (frame: ServerFrame): void => {
    if (frame.kind === 'hello') {
      onHello(frame);
      return;
    }
    if (frame.id > lastId) throw violation(`it answers what was never asked, ${frame.id}`);
    const open = byId.get(frame.id);
    // It may have been cancelled while this was on its way.
    if (open === undefined) return;
    if (frame.kind === 'event') {
      if (!('listener' in open)) throw violation('an event for a call');
      onEvent(open, frame.id, frame.event);
    } else {
      const error = frame.error && fromErrorDocument(errorOfWire(frame.error));
      if ('listener' in open) endSubscription(open, error);
      else onReply(open, frame.output, error);
    }
  };

  const onReply = (call: OpenCall, output: unknown, error: AppError | undefined): void => {
    if (error !== undefined) {
      reject(call, error);
      return;
    }
    const parsed = call.definition.output.safeParse(output);
    if (parsed.success) {
      settle(call);
      call.resolve(parsed.data);
    } else {
      const sentence = mistake(`The answer to ${call.name}`, parsed.error, output);
      reject(call, failure('bad-reply', sentence));
    }
  };

  const onEvent = (subscription: OpenSubscription, id: number, event: unknown): void => {
    const parsed = subscription.definition.event.safeParse(event);
    if (!parsed.success) {
      send({ kind: 'unsubscribe', id });
      const sentence = mistake(`An event of ${subscription.name}`, parsed.error, event);
      endSubscription(subscription, failure('bad-event', sentence));
      return;
    }
    const acknowledge = (): void => {
      if (subscription.id !== id || !subscriptions.has(subscription)) return;
      subscription.handled++;
      if (subscription.handled < ACKNOWLEDGE_EVERY) return;
      send({ kind: 'acknowledge', id, count: subscription.handled });
      subscription.handled = 0;
    };
    const pending = guarded(() => subscription.listener.onEvent(parsed.data));
    if (pending === undefined) acknowledge();
    else void pending.catch(throwLater).then(acknowledge);
  };

  wire.attach({
    onOpen: () => {
      if (!why.isFinal) send(hello(version));
    },
    onMessage: (message) => {
      if (why.isFinal) return;
      try {
        receive(decodeFrame(ServerFrame, message, limitBytes));
      } catch (error) {
        wire.close(error instanceof AppError ? error.code : 'internal');
        finish('lost', asAppError(error));
      }
    },
    onDown,
  });

  const call = (
    name: string,
    input: unknown,
    { signal }: { readonly signal?: CancelSignal | undefined } = {},
  ): Promise<unknown> =>
    new Promise((resolve, rejectPromise) => {
      const definition = contract[name];
      if (definition === undefined || definition.shape === 'subscription') {
        throw unknownCall(name, Object.keys(contract));
      }
      const parsed = definition.input.safeParse(input);
      if (!parsed.success) throw badRequest(name, parsed.error, input);
      if (signal?.aborted === true) throw cancelled();
      const problem = finalError();
      if (problem !== undefined) throw problem;
      if (state === 'lost' && definition.shape === 'command') throw why.error ?? lost();
      const onAbort = (): void => {
        const { id } = open;
        reject(open, cancelled());
        if (id !== undefined) send({ kind: 'cancel', id });
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
          rejectPromise(error);
        },
      };
      signal?.addEventListener('abort', onAbort);
      calls.add(open);
      if (state === 'ready') sendCall(open);
    });

  const subscribe = (
    name: string,
    input: unknown,
    listener: SubscriptionListener<unknown>,
  ): Subscription => {
    const definition = contract[name];
    if (definition?.shape !== 'subscription') throw unknownCall(name, Object.keys(contract));
    const parsed = definition.input.safeParse(input);
    const problem = parsed.success ? finalError() : badRequest(name, parsed.error, input);
    const subscription: OpenSubscription = {
      name,
      definition,
      input: parsed.data,
      listener,
      id: undefined,
      hasBegun: false,
      handled: 0,
    };
    subscriptions.add(subscription);
    if (problem !== undefined) {
      // Not before the caller has what this returns.
      platform.queueMicrotask(() => {
        if (subscriptions.has(subscription)) endSubscription(subscription, problem);
      });
    } else if (state === 'ready') {
      sendSubscribe(subscription);
    }
    return {
      end: () => {
        if (!subscriptions.delete(subscription) || subscription.id === undefined) return;
        byId.delete(subscription.id);
        send({ kind: 'unsubscribe', id: subscription.id });
      },
    };
  };

  return {
    // The one place where names and types part: both were checked against the contract.
    call: call as Client<C>['call'],
    subscribe: subscribe,
    onState: (listener) => {
      listeners.add(listener);
      listener(state, why);
      return () => {
        listeners.delete(listener);
      };
    },
    close: () => {
      if (why.isFinal) return;
      wire.close();
      // Whoever closes knows: its subscriptions are not told.
      subscriptions.clear();
      finish('lost', failure('connection-closed', 'The connection was closed.'));
    },
  };
}
