// Many short trainings through one host: all must finish, and the host must not grow with them.
import type { Context, Outcome } from '../attack.ts';
import { Served } from '../fuzz/served.ts';
import { openPage, startRun } from './long-training.ts';
import { MemoryLog } from './memory.ts';

export async function manyRuns(context: Context): Promise<Outcome> {
  const { runs: count } = context.sizes;
  if (count === 0) return { cases: 0, findings: [] };
  const served = await Served.start(context.folder, { trains: true });
  try {
    const page = await openPage(served);
    const host = new MemoryLog('host');
    const problems: string[] = [];
    for (let i = 0; i < count; i++) {
      const id = await startRun(page, 4);
      let status = 'queued';
      while (status === 'queued' || status === 'running') {
        await new Promise((resolve) => setTimeout(resolve, 250));
        status = (await page.call('runs.get', { id })).status;
      }
      host.note(served.pid);
      if (status !== 'finished') problems.push(`run ${i + 1} of ${count} ended as ${status}`);
      if (i % 25 === 24) context.note(`${i + 1} of ${count} runs`);
    }
    page.close();
    const fault = await served.fault();
    const all = [...problems, host.problem, fault].filter((problem) => problem !== undefined);
    return {
      cases: count,
      findings: all.map((problem) => ({ problem, reproduction: `--runs ${count}` })),
      notes: [host.text],
    };
  } finally {
    await served.close();
  }
}
