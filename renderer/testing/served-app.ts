// An app for component tests whose host answers over a real client and server in one process: what goes in
// and comes out is parsed by the contract, as over a socket.
import { onTestFinished } from 'vitest';
import {
  appContract,
  CONTRACT_VERSION,
  type AppContract,
} from '../../shared/contract/app/index.ts';
import { createClient } from '../../shared/rpc/client.ts';
import type { Handlers } from '../../shared/rpc/contract-types.ts';
import { memoryWirePair } from '../../shared/rpc/memory-wire.ts';
import { serveContract } from '../../shared/rpc/server.ts';
import { hostOf } from '../client/connect.ts';
import { App } from '../state/app.svelte.ts';

/** A call that the test does not answer is refused by the server, as one that does not exist. */
export function servedApp<N extends keyof AppContract = never>(
  handlers: Handlers<Pick<AppContract, N>> = {} as Handlers<Pick<AppContract, N>>,
): App {
  const answered = Object.fromEntries(
    Object.keys(handlers).map((name) => [name, appContract[name as N]]),
  ) as Pick<AppContract, N>;
  const [page, host] = memoryWirePair();
  const defects: unknown[] = [];
  const served = serveContract(answered, handlers, host, {
    version: CONTRACT_VERSION,
    onInternalError: (error) => defects.push(error),
  });
  const client = createClient(appContract, page, { version: CONTRACT_VERSION });
  onTestFinished(async () => {
    client.close();
    await served.ended;
    if (defects.length > 0) throw new AggregateError(defects, 'The host had defects.');
  });
  return new App(
    { host: hostOf(client), pathForFile: () => null, retryNow: () => undefined },
    window,
  );
}
