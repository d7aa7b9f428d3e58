// Kills a training at moments that hurt, with SIGKILL, and lets it go on from what is left.
import fs from 'node:fs';
import path from 'node:path';
import type { Rng } from '../../../shared/rng.ts';
import { childrenOf, gone, type Running } from '../../cli/testing/command-line.ts';
import { killHard, saw, start, type ProductOptions } from '../product.ts';

export interface Kill {
  readonly victim: 'trainer' | 'host' | 'both';
  readonly moment: 'any time' | 'a checkpoint is written' | 'a transaction is written';
}

export interface Killed {
  readonly id: string;
  /** Those that hit before the training was over. */
  readonly kills: readonly Kill[];
  /** From each kill until steps were taken again. */
  readonly recoveriesMs: readonly number[];
  readonly problem?: string;
}

const VICTIMS = ['trainer', 'host', 'both'] as const;
const MOMENTS = ['any time', 'a checkpoint is written', 'a transaction is written'] as const;
/** Said when the recorded step is about to run for the first time. */
const STEPS_BEGIN = 'one step recorded as';
/** Orphaned trainers notice at the latest at the next message. */
const ORPHAN_MS = 30_000;

export function drawKills(count: number, rng: Rng): readonly Kill[] {
  return Array.from({ length: count }, (_, i) => ({
    // Every pair comes up once in nine, in a random order of moments.
    victim: VICTIMS[i % 3] ?? 'both',
    moment: MOMENTS[rng.below(3)] ?? 'any time',
  }));
}

export async function trainWithKills(
  options: ProductOptions,
  args: readonly string[],
  wanted: readonly Kill[],
  rng: Rng,
): Promise<Killed> {
  const kills: Kill[] = [];
  const recoveriesMs: number[] = [];
  let running = start(options, [...args, '--json']);
  if (!(await saw(running, /^run (r-\S+)/m))) return failed('', kills, await running.ended);
  const id = /^run (r-\S+)/m.exec(running.stderr())?.[1] ?? '';
  for (const kill of wanted) {
    const trainer = await hit(running, kill, { home: options.home, id, rng });
    if (trainer === undefined) break;
    const killedAt = performance.now();
    kills.push(kill);
    await running.ended;
    if (!(await gone(trainer, ORPHAN_MS))) {
      killHard(trainer);
      return {
        id,
        kills,
        recoveriesMs,
        problem: `The trainer outlived its host by 30 s (${kill.victim} killed while ${kill.moment}).`,
      };
    }
    running = start(options, ['runs', 'resume', id, '--json']);
    if (await saw(running, STEPS_BEGIN)) recoveriesMs.push(performance.now() - killedAt);
  }
  const ended = await running.ended;
  if (ended.exitCode !== 0 && !/"code": "run-finished"/.test(ended.stdout)) {
    return failed(id, kills, ended, recoveriesMs);
  }
  return { id, kills, recoveriesMs };
}

function failed(
  id: string,
  kills: readonly Kill[],
  { exitCode, signal, stdout, stderr }: Awaited<Running['ended']>,
  recoveriesMs: readonly number[] = [],
): Killed {
  const words = `${stdout}${stderr}`.trim().slice(-600);
  const after = kills.map(({ victim, moment }) => `${victim} while ${moment}`).join(', then ');
  return {
    ...{ id, kills, recoveriesMs },
    problem: `It did not go on (exit ${exitCode ?? signal}) after: ${after || 'nothing'}. ${words}`,
  };
}

/** The trainer's process if the kill came before the end. */
async function hit(
  running: Running,
  { victim, moment }: Kill,
  { home, id, rng }: { readonly home: string; readonly id: string; readonly rng: Rng },
): Promise<number | undefined> {
  const host = running.process.pid ?? 0;
  // One in four is killed before it takes its first step.
  const isEarly = moment === 'any time' && rng.below(4) === 0;
  if (!isEarly && !(await saw(running, STEPS_BEGIN))) return undefined;
  const trainer = await firstChild(running);
  if (trainer === undefined) return undefined;
  if (moment === 'any time') await pause(rng.below(isEarly ? 2000 : 900));
  else
    await nextWrite(
      running,
      moment === 'a checkpoint is written' ? path.join(home, 'runs', id) : home,
      rng,
    );
  if (running.process.exitCode !== null) return undefined;
  if (victim !== 'trainer') killHard(host);
  if (victim !== 'host') killHard(trainer);
  return trainer;
}

async function firstChild(running: Running): Promise<number | undefined> {
  while (running.process.exitCode === null && running.process.signalCode === null) {
    const [child] = childrenOf(running.process.pid);
    if (child !== undefined) return child;
    await pause(20);
  }
  return undefined;
}

/** Resolves while something is being written into the folder: a partial file, or the database's log. */
function nextWrite(running: Running, folder: string, rng: Rng): Promise<void> {
  // Not always the first: later ones hit other checkpoints and transactions.
  let left = 1 + rng.below(4);
  return new Promise((resolve) => {
    const watcher = fs.watch(folder, (_, name) => {
      if (name === null || !/\.partial$|^library\.db-wal$/.test(name)) return;
      left -= 1;
      if (left > 0) return;
      watcher.close();
      resolve();
    });
    void running.ended.then(() => {
      watcher.close();
      resolve();
    });
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
