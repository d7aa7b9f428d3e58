// A page that asks a thousand times and reads no answer: others are served meanwhile, and what the host holds
// for it is bounded and given back.
import { CONTRACT_VERSION } from '../../../shared/contract/app/index.ts';
import { formatBytes } from '../../../shared/format.ts';
import { DEFAULT_LIMIT_BYTES, encodeFrame, hello } from '../../../shared/rpc/frames.ts';
import type { Context, Outcome } from '../attack.ts';
import { openSocket, residentBytesOf, Served } from '../fuzz/served.ts';

const CALLS = 1000;
const MOST_BYTES = 400 * 2 ** 20;
const WATCH_MS = 4000;

export async function silentPage(context: Context): Promise<Outcome> {
  if (context.sizes.pages === 0) return { cases: 0, findings: [] };
  const served = await Served.start(context.folder);
  try {
    const before = residentBytesOf(served.pid);
    const socket = await openSocket(served, false);
    socket.pause();
    socket.send(encodeFrame(hello(CONTRACT_VERSION), DEFAULT_LIMIT_BYTES));
    for (let id = 1; id <= CALLS; id++) {
      const frame = { kind: 'call', id, name: 'zoo.list', input: {} } as const;
      socket.send(encodeFrame(frame, DEFAULT_LIMIT_BYTES));
    }
    let most = 0;
    const problems: string[] = [];
    const end = performance.now() + WATCH_MS;
    while (performance.now() < end) {
      most = Math.max(most, residentBytesOf(served.pid));
      const fault = await served.fault();
      if (fault !== undefined) problems.push(fault);
      if (problems.length > 0) break;
    }
    socket.terminate();
    if (most - before > MOST_BYTES) {
      problems.push(`the host grew by ${formatBytes(most - before)} for a page that reads nothing`);
    }
    return {
      cases: CALLS,
      findings: problems.map((problem) => ({ problem, reproduction: 'soak/silence' })),
      notes: [`host ${formatBytes(before)}, at most ${formatBytes(most)}`],
    };
  } finally {
    await served.close();
  }
}
