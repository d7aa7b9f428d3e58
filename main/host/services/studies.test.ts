// Studies through the app's contract: runs are made, finished ones are taken, and what was cut off goes on.
import { expect, test, vi } from 'vitest';
import type { StudyDetail } from '../../../shared/contract/studies.ts';
import { testApp, type TestApp } from '../testing/app-fixture.ts';
import { exampleSpec, testHost } from '../testing/host-fixtures.ts';

vi.setConfig({ testTimeout: 120_000 });

const { architecture: network, data } = exampleSpec();
const setting = { preset: 'quick' as const, data, network, seeds: [1], steps: 8 };
// Three runs, nothing to measure.
const asked = { name: 'stochastic-depth', setting };

async function untilStudy(
  app: TestApp,
  id: string,
  isThere: (study: StudyDetail) => boolean,
): Promise<StudyDetail> {
  return await vi.waitUntil<StudyDetail | undefined>(
    async () => {
      const study = await app.ask('studies.get', { id });
      return isThere(study) ? study : undefined;
    },
    { timeout: 100_000, interval: 50 },
  );
}

const isFinished = ({ status }: StudyDetail): boolean => status === 'finished';

test('A study trains its runs, tags them, and takes finished ones the next time.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  expect(await app.ask('studies.cost', asked)).toMatchObject({ runs: 3, reused: 0, steps: 24 });
  const { id } = await app.ask('studies.start', asked);
  const study = await untilStudy(app, id, isFinished);
  expect(study.runs.map(({ status, isReused }) => [status, isReused])).toEqual(
    study.runs.map(() => ['finished', false]),
  );
  const first = parts.library.runs.get(study.runs[0]?.run ?? '');
  expect(first.tags).toEqual(['study:stochastic-depth']);
  expect(study.summary.verdict).toMatchObject({ outcome: 'inconclusive', n: 3 });

  expect(await app.ask('studies.cost', asked)).toMatchObject({ runs: 3, reused: 3, steps: 0 });
  const again = await app.ask('studies.start', asked);
  const taken = await untilStudy(app, again.id, isFinished);
  expect(taken.runs.map(({ run }) => run)).toEqual(study.runs.map(({ run }) => run));
  expect(taken.runs.every(({ isReused }) => isReused)).toBe(true);

  await app.ask('studies.delete', { id });
  const { studies } = await app.ask('studies.list', {});
  expect(studies.map((row) => row.id)).toEqual([again.id]);
  expect(parts.library.runs.get(first.id).status).toBe('finished');
  expect(app.errors).toEqual([]);
});

test('What measurements will take is told before they are made; a study without any has none.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const measured = { ...asked, name: 'layer-responses' };
  const { measuringMs } = await app.ask('studies.cost', measured);
  expect(measuringMs).toBeGreaterThan(0);
  const unmeasured = await app.ask('studies.cost', asked);
  expect(unmeasured.measuringMs).toBe(0);
  expect(app.errors).toEqual([]);
});

test('A study whose host ended goes on at the next start, and can be paused.', async () => {
  const { parts, perform } = await testHost('wait-at-6');
  const before = testApp(parts);
  const { id } = await before.ask('studies.start', asked);
  await untilStudy(before, id, ({ runs }) => runs.some(({ status }) => status === 'running'));
  await before.services.close(0);

  const app = testApp(parts);
  await untilStudy(app, id, ({ runs }) => runs.some(({ status }) => status === 'running'));
  await app.ask('studies.pause', { id });
  const paused = await untilStudy(app, id, ({ runs }) =>
    runs.every(({ status }) => status !== 'running'),
  );
  expect(paused.status).toBe('paused');
  perform('finish');
  await app.ask('studies.resume', { id });
  const study = await untilStudy(app, id, isFinished);
  expect(study.runs.every(({ status }) => status === 'finished')).toBe(true);
});

test('What does not fit is refused before anything is made.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const plain = { ...network, shortcut: 'none' as const };
  const wrong = { name: 'lesions', setting: { ...setting, network: plain } };
  await expect(app.ask('studies.start', wrong)).rejects.toMatchObject({ code: 'needs-residual' });
  await expect(
    app.ask('studies.cost', { ...asked, name: 'stochastic-dept' }),
  ).rejects.toMatchObject({ code: 'no-such-study' });
  expect((await app.ask('studies.list', {})).studies).toEqual([]);
});
