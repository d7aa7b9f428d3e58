// What it costs a training to be watched: one real run in a real trainer under `serve`, looked at by no
// browser, by one and by two, in turns. Reports the time of a step, and who uses the processor: on a machine
// whose browser draws without a GPU, drawing takes cores away from training, which is neither the host's
// nor the trainer's doing. The browsers are driven by nobody: a test tool reads every message of the pages
// it drives, at a cost that no user pays. Asserts nothing about time.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from '@playwright/test';
import { median, spreadPercent } from '../main/bench/statistics.ts';
import { openLibrary } from '../main/store/library.ts';
import { wallClock } from '../shared/contract/run-clock.ts';
import { findChromium } from '../main/host/find-chromium.ts';
import { getArchitecture } from '../main/zoo/registry.ts';
import { Lab } from './lab.ts';
import { childProcesses } from './processes.ts';
import { processorMs } from './processor-time.ts';
import { openServed, type OpenedApp } from './opened-app.ts';
import { test } from './story.ts';
import { UndrivenBrowser } from './undriven-browser.ts';

const WATCHERS = [0, 1, 2];
const VIEWPORT = { width: 1280, height: 800 };
const ROUNDS = Number(process.env['RESNET_LAB_BENCH_ROUNDS'] ?? 6);
const WINDOW_MS = 12_000;
/** A page that has just come up reads and draws everything once; that is not what is measured. */
const SETTLE_MS = 10_000;
const STEPS_PER_EPOCH = 160;
const BATCH = 128;

interface Window {
  readonly watchers: number;
  readonly from: number;
  readonly to: number;
  readonly usedMs: Readonly<Record<Party, number>>;
}

type Party = 'trainer' | 'host' | 'browser';

test('A run that is watched', async ({ chromiumBrowser, scratch }) => {
  test.setTimeout(900_000);
  test.skip(process.platform !== 'linux', 'Processor time is read from /proc.');
  if (!chromiumBrowser) throw new Error('This benchmark needs Chromium.');
  const library = path.join(scratch, 'library');
  const opened = openServed(chromiumBrowser, { library, context: { viewport: VIEWPORT } });
  const browsers: UndrivenBrowser[] = [];
  try {
    const lab = await Lab.open(opened);
    await lab.startRun(spec());
    await lab.expectStepAbove(10, 300_000);
    const { origin, hash } = new URL(lab.page.url());
    await lab.page.goto('about:blank');
    const most = Math.max(...WATCHERS);
    for (let i = 0; i < most; i++) {
      const browser = await startBrowser(path.join(scratch, `profile-${i}`));
      browsers.push(browser);
      // The first address lets the browser in, which is remembered.
      await browser.open(await opened.letIn(), 'Runs · ResNet Lab');
    }
    const windows = await measure(browsers, `${origin}/${hash}`, idsOf(opened, browsers));
    report(library, windows);
  } finally {
    for (const browser of browsers) await browser.close();
    await opened.close();
  }
});

function startBrowser(profile: string): Promise<UndrivenBrowser> {
  const found = findChromium({ ownPath: chromium.executablePath() });
  if ('reason' in found) throw new Error(found.reason);
  return UndrivenBrowser.start({ executable: found.path, profile, viewport: VIEWPORT });
}

function spec(): object {
  const source = `builtin:shapes?train=${BATCH * STEPS_PER_EPOCH}&val=64`;
  return {
    format: 1,
    name: 'Watched',
    architecture: getArchitecture('resnet20').spec,
    data: { source },
    recipe: {
      batch: BATCH,
      length: { kind: 'steps', steps: 100_000 },
      schedule: { kind: 'cosine', rate: 0.05 },
      augmentation: { kind: 'pad-crop-flip' },
    },
    seeds: [0],
    withPlainTwin: false,
  };
}

function idsOf(
  opened: OpenedApp,
  browsers: readonly UndrivenBrowser[],
): () => Record<Party, readonly number[]> {
  const host = childProcesses(process.pid).find(({ command }) =>
    command.includes('resnet-lab.mjs serve'),
  );
  if (!host) throw new Error('The host is no process of this one.');
  // Pages come and go, and their processes with them.
  return () => ({
    trainer: opened.trainers(),
    host: [host.id],
    browser: browsers.flatMap((browser) => browser.processes()),
  });
}

/** Every round in the other direction, so that a machine that changes its pace favours nobody. */
async function measure(
  browsers: readonly UndrivenBrowser[],
  address: string,
  ids: () => Record<Party, readonly number[]>,
): Promise<Window[]> {
  const windows: Window[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const watchers of round % 2 === 0 ? WATCHERS : WATCHERS.toReversed()) {
      for (const [i, browser] of browsers.entries()) {
        if (i < watchers) await browser.open(address, 'Watched · ResNet Lab');
        else await browser.open('about:blank', 'about:blank');
      }
      await pause(SETTLE_MS);
      const parties = ids();
      const before = used(parties);
      const from = Date.now();
      await pause(WINDOW_MS);
      const to = Date.now();
      const after = used(parties);
      const usedMs = {
        trainer: after.trainer - before.trainer,
        host: after.host - before.host,
        browser: after.browser - before.browser,
      };
      windows.push({ watchers, from, to, usedMs });
    }
  }
  return windows;
}

function used(parties: Record<Party, readonly number[]>): Record<Party, number> {
  return {
    trainer: processorMs(parties.trainer),
    host: processorMs(parties.host),
    browser: processorMs(parties.browser),
  };
}

interface Row extends Window {
  readonly meanMs: number;
  readonly count: number;
}

/** Medians over the rounds; the same place in two lists of rows is the same round. */
function report(folder: string, windows: readonly Window[]): void {
  const stepTimes = readStepTimes(folder);
  const rows = windows.map((window): Row => ({ ...window, ...stepTimes(window) }));
  const [alone = [], ...watched] = WATCHERS.map((watchers) =>
    rows.filter((row) => row.watchers === watchers),
  );
  const results: Record<string, Record<string, number>> = { 'no browser': summary(alone) };
  watched.forEach((chosen, i) => {
    const name = i === 0 ? 'one browser' : `${i + 1} browsers`;
    results[name] = { ...summary(chosen), ...comparison(chosen, alone) };
  });
  console.log(JSON.stringify(results, null, 2));
  const file = process.env['RESNET_LAB_BENCH_LIVE_REPORT'];
  if (file) fs.writeFileSync(file, `${JSON.stringify({ results, rows }, null, 2)}\n`);
}

function summary(rows: readonly Row[]): Record<string, number> {
  const steps = rows.map(({ meanMs }) => meanMs);
  const perSecond = (party: Party): number =>
    median(rows.map(({ usedMs, from, to }) => (usedMs[party] * 1000) / (to - from)));
  return {
    rounds: rows.length,
    'step (ms)': rounded(median(steps)),
    'spread of the step (%)': rounded(spreadPercent(steps)),
    'trainer, processor time (ms a step)': rounded(
      median(rows.map((row) => perStep(row, 'trainer'))),
    ),
    'host, processor time (ms a second)': rounded(perSecond('host')),
    'browser, processor time (ms a second)': rounded(perSecond('browser')),
  };
}

/** What being watched adds, of the same round without a browser: to a step, and to processor time a step. */
function comparison(rows: readonly Row[], alone: readonly Row[]): Record<string, number> {
  const pairs = rows.flatMap((row, round) => {
    const base = alone[round];
    return base ? [{ row, base }] : [];
  });
  const longer = pairs.map(({ row, base }) => 100 * (row.meanMs / base.meanMs - 1));
  const more = (party: Party): number =>
    median(
      pairs.map(
        ({ row, base }) =>
          (100 * (perStep(row, party) - perStep(base, party))) / perStep(base, 'trainer'),
      ),
    );
  return {
    'longer step (%)': rounded(median(longer)),
    'longer step, least (%)': rounded(Math.min(...longer)),
    'longer step, most (%)': rounded(Math.max(...longer)),
    'added by the trainer (% of its processor time)': rounded(more('trainer')),
    'added by the host (% of it)': rounded(more('host')),
    'added by the browser (% of it)': rounded(more('browser')),
  };
}

function perStep(row: Row, party: Party): number {
  return row.usedMs[party] / row.count;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}

/** How long the steps of a window took, as the trainer recorded them; ends of epochs are left out. */
function readStepTimes(folder: string): (window: Window) => { meanMs: number; count: number } {
  const library = openLibrary(folder);
  try {
    const [run] = library.runs.list().runs;
    const loss = run && library.series.read(run.id, 'train/loss');
    if (!loss) throw new Error('The run has recorded no loss.');
    const at = Float64Array.from(loss.elapsedMs, wallClock(run.stretches));
    return ({ from, to }) => {
      const times: number[] = [];
      let count = 0;
      for (let i = 1; i < at.length; i++) {
        const end = at[i] ?? 0;
        if (end < from || end > to) continue;
        count++;
        // A step's moment is its end: an evaluation after the last step of an epoch delays the next one.
        if (i % STEPS_PER_EPOCH !== 0) times.push(end - (at[i - 1] ?? 0));
      }
      return { meanMs: times.reduce((sum, one) => sum + one, 0) / times.length, count };
    };
  } finally {
    library.close();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
