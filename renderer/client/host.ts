// What the page knows of its host: calls and subscriptions of the app's contract, typed. Everything in
// the page takes a `Host`, so that a component test can hand it a small fake; no wire is named here.
import type { AppContract } from '../../shared/contract/app/index.ts';
import type * as rpc from '../../shared/rpc/contract-types.ts';

export type CallName = rpc.CallName<AppContract>;
export type SubscriptionName = rpc.SubscriptionName<AppContract>;
export type CallInput<N extends CallName> = rpc.GivenInput<AppContract[N]>;
export type CallOutput<N extends CallName> = rpc.Output<AppContract[N]>;
export type SubscriptionInput<N extends SubscriptionName> = rpc.GivenInput<AppContract[N]>;
export type SubscriptionEvent<N extends SubscriptionName> = rpc.Event<AppContract[N]>;

export interface Listener<E> {
  /** The host waits for a returned promise before it sends many more. */
  readonly onEvent: (event: E) => void | Promise<void>;
  /** The host ended it, with an error if it could not go on. Not called after we ended it. */
  readonly onEnd?: (error: Error | undefined) => void;
  /** It began anew after a lost connection: events in between were missed. */
  readonly onRestart?: () => void;
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
