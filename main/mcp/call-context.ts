// What the host's services are told about who calls: one agent, for as long as this process serves it.
import type { CallContext } from '../../shared/rpc/contract-types.ts';

const lifetime = new AbortController();
process.once('exit', () => lifetime.abort());

export function callContext(signal: AbortSignal = lifetime.signal): CallContext {
  return { signal, client: { id: 'mcp', closed: lifetime.signal } };
}
