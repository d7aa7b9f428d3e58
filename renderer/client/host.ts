// What the page knows of its host: calls and subscriptions of the app's contract, typed. Everything in
// the page takes a `Host`, so that a component test can hand it a small fake; no wire is named here.
import type { z } from 'zod';
import type { AppContract } from '../../shared/contract/app/index.ts';
import type { CallDefinition, SubscriptionDefinition } from '../../shared/rpc/definition.ts';

export type CallName = {
  [N in keyof AppContract]: AppContract[N] extends CallDefinition ? N : never;
}[keyof AppContract];

export type SubscriptionName = {
  [N in keyof AppContract]: AppContract[N] extends SubscriptionDefinition ? N : never;
}[keyof AppContract];

export type CallInput<N extends CallName> = z.input<AppContract[N]['input']>;
export type CallOutput<N extends CallName> = z.output<AppContract[N]['output']>;
export type SubscriptionInput<N extends SubscriptionName> = z.input<AppContract[N]['input']>;
export type SubscriptionEvent<N extends SubscriptionName> = z.output<AppContract[N]['event']>;

export interface Listener<E> {
  readonly onEvent: (event: E) => void;
  /** The host ended it, with an error if it could not go on. Not called after we ended it. */
  readonly onEnd?: (error: Error | undefined) => void;
}

/** `lost` is followed by attempts to come back; `refused` is not: `reason` says why. */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'refused'; readonly reason: string };

export interface Host {
  call<N extends CallName>(
    name: N,
    input: CallInput<N>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<CallOutput<N>>;
  /** Returns what ends it. */
  subscribe<N extends SubscriptionName>(
    name: N,
    input: SubscriptionInput<N>,
    listener: Listener<SubscriptionEvent<N>>,
  ): () => void;
  /** Tells the present state at once and every change after it. */
  onState(listener: (state: ConnectionState) => void): () => void;
}
