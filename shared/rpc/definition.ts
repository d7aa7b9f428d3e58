// How a contract is written: one schema in, one schema out, for every call and every subscription.
// Server and client both parse; types are inferred. Nothing here knows a wire.
import type { z } from 'zod';

/** Asked once, answered once. `query` changes nothing; `command` does and returns quickly. */
export interface CallDefinition<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly shape: 'query' | 'command';
  readonly input: I;
  readonly output: O;
}

/** Asked once, answered by events until either side ends it. */
export interface SubscriptionDefinition<
  I extends z.ZodType = z.ZodType,
  E extends z.ZodType = z.ZodType,
> {
  readonly shape: 'subscription';
  readonly input: I;
  readonly event: E;
}

/** Asked once: events while it is worked on, then an answer. Cancelling asks it to come to its end. */
export interface JobDefinition<
  I extends z.ZodType = z.ZodType,
  E extends z.ZodType = z.ZodType,
  O extends z.ZodType = z.ZodType,
> {
  readonly shape: 'job';
  readonly input: I;
  readonly event: E;
  readonly output: O;
}

export type Definition = CallDefinition | SubscriptionDefinition | JobDefinition;

/** Calls, subscriptions and jobs by name: `runs.list`. */
export type Contract = Readonly<Record<string, Definition>>;

export function query<I extends z.ZodType, O extends z.ZodType>(
  input: I,
  output: O,
): CallDefinition<I, O> {
  return { shape: 'query', input, output };
}

export function command<I extends z.ZodType, O extends z.ZodType>(
  input: I,
  output: O,
): CallDefinition<I, O> {
  return { shape: 'command', input, output };
}

export function subscription<I extends z.ZodType, E extends z.ZodType>(
  input: I,
  event: E,
): SubscriptionDefinition<I, E> {
  return { shape: 'subscription', input, event };
}

export function job<I extends z.ZodType, E extends z.ZodType, O extends z.ZodType>(
  input: I,
  event: E,
  output: O,
): JobDefinition<I, E, O> {
  return { shape: 'job', input, event, output };
}
