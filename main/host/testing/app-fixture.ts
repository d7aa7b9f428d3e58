// App services for one test, asked as a page would ask them: every answer and event passes its schema.
import { onTestFinished } from 'vitest';
import { appContract, type AppContract } from '../../../shared/contract/app/index.ts';
import type { RunEvent, RunRow } from '../../../shared/contract/app/runs.ts';
import type {
  CallContext,
  CallName,
  Emit,
  GivenInput,
  Output,
  SubscriptionName,
} from '../../../shared/rpc/contract-types.ts';
import { AppServices } from '../app-services.ts';
import type { HostParts } from '../host-parts.ts';

type Name = CallName<AppContract>;
type Subscription = SubscriptionName<AppContract>;

export interface TestApp {
  readonly services: AppServices;
  ask<N extends Name>(name: N, input: GivenInput<AppContract[N]>): Promise<Output<AppContract[N]>>;
  /** Collects events until the test ends. */
  follow(name: Subscription, input: unknown): { readonly events: unknown[]; end(): Promise<void> };
  /** Resolves with the run once it is like that; looks whenever something happens to any run. */
  until(id: string, isThere: (run: RunRow) => boolean): Promise<RunRow>;
  readonly errors: unknown[];
}

export function testApp(parts: HostParts): TestApp {
  const errors: unknown[] = [];
  const services = new AppServices(parts, {
    pollIntervalMs: 50,
    onError: (error) => errors.push(error),
  });
  onTestFinished(() => services.close(0));
  const client = { id: 'test', closed: new AbortController().signal };
  const watchers = new Set<() => void>();

  const ask: TestApp['ask'] = async (name, input) => {
    const definition = appContract[name];
    const handler = services.handlers[name] as (
      given: unknown,
      context: CallContext,
    ) => Promise<unknown>;
    const context = { signal: new AbortController().signal, client };
    const answer = await handler(definition.input.parse(input), context);
    return definition.output.parse(answer) as never;
  };

  const follow: TestApp['follow'] = (name, input) => {
    const definition = appContract[name];
    const events: unknown[] = [];
    const ending = new AbortController();
    const emit: Emit<never> = (event) => {
      events.push(definition.event.parse(event));
      for (const look of watchers) look();
      return Promise.resolve();
    };
    const handler = services.handlers[name] as (
      given: unknown,
      context: CallContext & { emit: Emit<never> },
    ) => Promise<void>;
    const over = handler(definition.input.parse(input), { signal: ending.signal, client, emit });
    over.catch((error: unknown) => errors.push(error));
    onTestFinished(() => ending.abort());
    return {
      events,
      end: async () => {
        ending.abort();
        await over;
      },
    };
  };

  follow('runs.events', {});
  return {
    services,
    ask,
    follow,
    errors,
    until: (id, isThere) =>
      new Promise((resolve, reject) => {
        // Answers overtake each other, so each event asks anew.
        const look = (): void => {
          void ask('runs.get', { id })
            .then((run) => {
              if (!isThere(run)) return;
              watchers.delete(look);
              resolve(run);
            })
            .catch(reject);
        };
        watchers.add(look);
        look();
      }),
  };
}

export function ofRun(events: readonly unknown[], id: string): RunEvent[] {
  return (events as RunEvent[]).filter((event) =>
    event.kind === 'changed' ? event.run.id === id : event.id === id,
  );
}
