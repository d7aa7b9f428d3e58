// A tiny network for many steps, with pages that listen to all events and ask for the curve again and again,
// as the app's own page does. Where a Chromium is found, one real page watches as well.
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { appContract, CONTRACT_VERSION } from '../../../shared/contract/app/index.ts';
import { createClient, type Client } from '../../../shared/rpc/client.ts';
import { webSocketWire } from '../../../shared/rpc/web-socket-wire.ts';
import { RecipeSpec } from '../../../shared/spec/recipe.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import { childrenOf } from '../../cli/testing/command-line.ts';
import { findChromium } from '../../host/find-chromium.ts';
import { getArchitecture } from '../../zoo/registry.ts';
import type { Context, Finding, Outcome } from '../attack.ts';
import { openSocket, Served } from '../fuzz/served.ts';

import { MemoryLog } from './memory.ts';

export type Page = Client<typeof appContract>;

const SAMPLE_MS = 2000;

export async function longTraining(context: Context): Promise<Outcome> {
  const { steps, pages: pageCount } = context.sizes;
  if (steps === 0) return { cases: 0, findings: [] };
  const served = await Served.start(context.folder, { trains: true });
  const browser = openBrowser(served, context);
  const logs = ['trainer', 'host', 'page'].map((name) => new MemoryLog(name));
  const [trainer, host, page] = logs;
  try {
    const pages = await Promise.all(Array.from({ length: pageCount }, () => openPage(served)));
    const id = await startRun(pages[0] ?? (await openPage(served)), steps);
    const status = await watched(pages, id, () => {
      host?.note(served.pid);
      const [child] = childrenOf(served.pid);
      if (child !== undefined) trainer?.note(child);
      if (browser !== undefined) page?.note(rendererOf(browser));
    });
    for (const open of pages) open.close();
    const ending = status === 'finished' ? undefined : `the run ended as ${status}`;
    const problems = [ending, ...logs.map(({ problem }) => problem), await served.fault()];
    const findings: Finding[] = problems
      .filter((problem) => problem !== undefined)
      .map((problem) => ({ problem, reproduction: `--steps ${steps} --pages ${pageCount}` }));
    return {
      cases: 1,
      findings,
      notes: [`${steps} steps, ${pageCount} pages`, ...logs.map(({ text }) => text)],
    };
  } finally {
    browser?.kill('SIGKILL');
    await served.close();
  }
}

export async function openPage(served: Served): Promise<Page> {
  const page = createClient(appContract, webSocketWire(await openSocket(served, false)), {
    version: CONTRACT_VERSION,
  });
  page.subscribe('runs.events', {}, { onEvent: () => undefined });
  return page;
}

export async function startRun(page: Page, steps: number): Promise<string> {
  const spec = RunSpec.omit({ seed: true }).parse({
    architecture: getArchitecture('mini-basic-a').spec,
    data: { source: 'builtin:shapes?train=64&val=16' },
    // One evaluation and checkpoint in a thousand steps.
    recipe: RecipeSpec.parse({ batch: 4, length: { kind: 'steps', steps }, diagnosticsEvery: 100 }),
  });
  const { ids } = await page.call('runs.start', { spec, seeds: [1] });
  const [id] = ids;
  if (id === undefined) throw new Error('The run was not started.');
  return id;
}

/** Asks for record and curve like a page on which somebody looks at the run; resolves with how it ended. */
async function watched(pages: readonly Page[], id: string, sample: () => void): Promise<string> {
  const [first] = pages;
  if (first === undefined) throw new Error('Nobody watches.');
  for (;;) {
    sample();
    for (const page of pages) {
      await page.call('curves.read', {
        curves: [
          {
            ...{ runs: [id], series: 'train/loss', x: 'step', maxPoints: 600 },
            smoothing: { kind: 'ema', weight: 0.9 },
          },
        ],
      });
    }
    const { status } = await first.call('runs.get', { id });
    if (status !== 'running' && status !== 'queued') return status;
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
}

/** The app's own page in a browser, if both are there. */
function openBrowser(served: Served, { folder, note }: Context): ChildProcess | undefined {
  const found = findChromium();
  if (!('path' in found) || !served.hasPage) {
    note('No real page watches: no Chromium, or no built page.');
    return undefined;
  }
  return spawn(
    found.path,
    [
      ...['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'],
      `--user-data-dir=${path.join(folder, 'profile')}`,
      served.newAddress(),
    ],
    { stdio: 'ignore' },
  );
}

/** Of a browser's processes the one that draws the page. */
function rendererOf(browser: ChildProcess): number {
  const below = (pid: number): readonly number[] => {
    const children = childrenOf(pid).filter((child) => child > 0);
    return [...children, ...children.flatMap(below)];
  };
  const all = below(browser.pid ?? 0);
  return all.find((pid) => commandLineOf(pid).includes('--type=renderer')) ?? browser.pid ?? 0;
}

function commandLineOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It has ended, or this system has no such files.
    return '';
  }
}
