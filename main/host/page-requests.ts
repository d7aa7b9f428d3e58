// Brings what the host wants of the page (menu, second start, notes) to it over the contract. What is
// asked before a page listens, or while it is being reloaded, waits for the next one.
import type { AppContract } from '../../shared/contract/app/index.ts';
import type { HostRequest } from '../../shared/contract/app/system.ts';
import type { Emit, Handler } from '../../shared/rpc/contract-types.ts';

export interface PageRequests {
  send(request: HostRequest): void;
  /** Answers `app.requests`. */
  readonly handler: Handler<AppContract['app.requests']>;
}

/** More can only pile up when no page comes; the oldest are of no use by then. */
const waitingLimit = 50;

export function createPageRequests(): PageRequests {
  const waiting: HostRequest[] = [];
  const listeners = new Set<Emit<HostRequest>>();
  return {
    send: (request) => {
      for (const emit of listeners) void emit(request);
      if (listeners.size > 0) return;
      waiting.push(request);
      if (waiting.length > waitingLimit) waiting.shift();
    },
    handler: async (_input, { emit, signal }) => {
      if (signal.aborted) return;
      for (const request of waiting.splice(0)) void emit(request);
      listeners.add(emit);
      await new Promise<void>((resolve) => {
        const leave = (): void => {
          listeners.delete(emit); // at once: the next request must not go to a page that is gone
          resolve();
        };
        signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
}
