import { readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import {
  appears,
  bundleStager,
  compilations,
  ensure,
  startStager,
  test,
  STAGING,
} from './testing/staging.ts';
import { makeTensorflowWheel } from './testing/workshop.ts';

let stager: string;

beforeAll(async () => {
  stager = await bundleStager('processes');
});
afterAll(() => rm(stager));

describe('several processes', STAGING, () => {
  test('two that start at once build one runtime; the second waits and uses it', async ({
    workshop,
  }) => {
    await makeTensorflowWheel(workshop);
    const both = [startStager(workshop, stager), startStager(workshop, stager)];
    const runtimes = await Promise.all(both.map((stager) => stager.result()));
    await Promise.all(both.map((stager) => stager.ended));
    expect(runtimes.filter((event) => event.runtime?.cached === true)).toHaveLength(1);
    expect(await compilations(workshop)).toBe(1);
  });

  test('one that waits says for whom, and takes over when the other is killed', async ({
    workshop,
  }) => {
    await makeTensorflowWheel(workshop);
    const blocked = path.join(workshop.folder, 'blocked');
    const first = startStager(workshop, stager, { FAKE_CXX_BLOCKS: blocked });
    await appears(blocked);
    const second = startStager(workshop, stager);
    const wait = await second.until((event) => event.progress?.step === 'wait');
    expect(wait.progress?.message).toMatch(
      new RegExp(`^Waiting for process \\d+ on ${os.hostname()}`),
    );
    await first.kill();
    expect((await second.result()).runtime?.cached).toBe(false);
    await second.ended;
  });

  test('a start after one was killed while compiling does not fetch the wheel again', async ({
    workshop,
  }) => {
    const wheel = await makeTensorflowWheel(workshop);
    const blocked = path.join(workshop.folder, 'blocked');
    const killed = startStager(workshop, stager, { FAKE_CXX_BLOCKS: blocked });
    await appears(blocked);
    await killed.kill();
    await rm(wheel);
    const { runtime, steps } = await ensure(workshop);
    expect(runtime.cached).toBe(false);
    expect(steps).not.toContain('download');
    const staging = path.join(workshop.env['RESNET_LAB_CACHE']!, 'staging');
    expect(await readdir(staging)).toEqual([]);
  });
});
