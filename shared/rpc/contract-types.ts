// What TypeScript can infer from a contract: the names of its calls and what goes in and out. The
// side that makes a value gives its schema's input (defaults may be left out); the side that receives
// it gets the schema's output.
import type { z } from 'zod';
import type {
  CallDefinition,
  Contract,
  JobDefinition,
  SubscriptionDefinition,
} from './definition.ts';
import type { CancelSignal } from './platform.ts';

export type CallName<C extends Contract> = {
  [N in keyof C]: C[N] extends CallDefinition ? N : never;
}[keyof C] &
  string;

export type SubscriptionName<C extends Contract> = {
  [N in keyof C]: C[N] extends SubscriptionDefinition ? N : never;
}[keyof C] &
  string;

export type JobName<C extends Contract> = {
  [N in keyof C]: C[N] extends JobDefinition ? N : never;
}[keyof C] &
  string;

/** What a client gives. */
export type GivenInput<D> = D extends { readonly input: infer I extends z.ZodType }
  ? z.input<I>
  : never;

/** What a client gets. */
export type Output<D> = D extends { readonly output: infer O extends z.ZodType }
  ? z.output<O>
  : never;

export type Event<D> = D extends { readonly event: infer E extends z.ZodType }
  ? z.output<E>
  : never;

/** One connection, as a handler sees it. */
export interface RpcClient {
  /** Different for every connection of this process. */
  readonly id: string;
  /** Fires when the connection is gone. */
  readonly closed: CancelSignal;
}

export interface CallContext {
  /** Fires when the client cancels or is gone. */
  readonly signal: CancelSignal;
  readonly client: RpcClient;
}

export interface EmitOptions {
  /** Replaces an event with the same key that the client has not been sent yet. */
  readonly latest?: string;
  /** The promise waits until the client has dealt with the event; it rejects if that never happens. */
  readonly until?: 'handled';
}

/**
 * Resolves when the event has been handed to the wire, which waits while the client is behind. After the
 * end the event is dropped, and it resolves in a later turn.
 */
export type Emit<E> = (event: E, options?: EmitOptions) => Promise<void>;

export interface SubscriptionContext<E> extends CallContext {
  readonly emit: Emit<E>;
}

export type Handler<D> =
  D extends JobDefinition<infer I, infer E, infer O>
    ? (input: z.output<I>, context: SubscriptionContext<z.input<E>>) => Promise<z.input<O>>
    : D extends SubscriptionDefinition<infer I, infer E>
      ? (input: z.output<I>, context: SubscriptionContext<z.input<E>>) => Promise<void>
      : D extends CallDefinition<infer I, infer O>
        ? (input: z.output<I>, context: CallContext) => Promise<z.input<O>>
        : never;

/** Every name of the contract must be handled. */
export type Handlers<C extends Contract> = { readonly [N in keyof C]: Handler<C[N]> };
