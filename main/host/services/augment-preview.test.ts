import { expect, onTestFinished, test } from 'vitest';
import type { Event } from '../../../shared/rpc/contract-types.ts';
import type { AppContract } from '../../../shared/contract/app/index.ts';
import { testHost, type Act, type TestHost } from '../testing/host-fixtures.ts';
import type { WarmTrainerTimes } from '../warm-trainer.ts';
import { AugmentPreview } from './augment-preview.ts';

type Notice = Event<AppContract['datasets.previewing']>;

const source = 'builtin:shapes?train=40&val=20';
const client = { id: 'page', closed: new AbortController().signal };

interface Fixture extends TestHost {
  readonly preview: AugmentPreview;
  /** Asks for one image in one round; the acting trainer fills it with the seed. */
  readonly ask: (seed: number, signal?: AbortSignal) => Promise<readonly number[]>;
  /** Watches as a page does; returns what leaves. */
  readonly watch: (notices: Notice[]) => () => Promise<void>;
}

async function fixture(act: Act, options: WarmTrainerTimes = {}): Promise<Fixture> {
  const host = await testHost(act);
  const preview = new AugmentPreview(host.parts, { graceMs: 300, ...options });
  onTestFinished(() => preview.close());
  const { handlers } = preview;
  return {
    ...host,
    preview,
    ask: async (seed, signal = new AbortController().signal) => {
      const request = {
        ...{ source, images: 1, rounds: 1, seed, choice: 0 },
        augmentation: { kind: 'none' as const },
        normalization: { kind: 'auto' as const },
      };
      const { count, pixels } = await handlers['datasets.augmented'](request, { signal, client });
      expect(count).toBe(2);
      return [...pixels];
    },
    watch: (notices) => {
      const leaving = new AbortController();
      const over = handlers['datasets.previewing'](
        {},
        {
          ...{ signal: leaving.signal, client },
          emit: (notice) => {
            notices.push(notice);
            return Promise.resolve();
          },
        },
      );
      return () => {
        leaving.abort();
        return over;
      };
    },
  };
}

const filled = (seed: number): number[] => Array<number>(8).fill(seed);

test('One trainer answers request after request, and says how far it is.', async () => {
  const { ask, watch, trainers } = await fixture('finish');
  const notices: Notice[] = [];
  watch(notices);
  expect(await ask(1)).toEqual(filled(1));
  expect(await ask(2)).toEqual(filled(2));
  expect(await Promise.all([ask(3), ask(4)])).toEqual([filled(3), filled(4)]);
  expect(trainers).toHaveLength(1);
  expect(notices[0]).toEqual({
    kind: 'preparing',
    progress: { message: 'Starting TensorFlow' },
  });
  expect(notices.at(-1)).toEqual({ kind: 'ready' });
});

test('A trainer that is not asked for a while ends; the next request starts another.', async () => {
  const { ask, watch, trainers } = await fixture('finish', { idleMs: 20 });
  const notices: Notice[] = [];
  watch(notices);
  await ask(1);
  expect(await trainers[0]!.ended).toEqual({ code: 0, signal: null });
  expect(await ask(2)).toEqual(filled(2));
  expect(trainers).toHaveLength(2);
  expect(notices.some(({ kind }) => kind === 'died')).toBe(false);
});

test('When the last page has left, the trainer ends soon.', async () => {
  const { ask, watch, trainers } = await fixture('finish', { leftMs: 20 });
  const leave = [watch([]), watch([])];
  await ask(1);
  await leave[0]!();
  const early = await Promise.race([
    trainers[0]!.ended.then(() => 'ended'),
    new Promise((resolve) => setTimeout(() => resolve('there'), 100)),
  ]);
  expect(early).toBe('there');
  await leave[1]!();
  expect(await trainers[0]!.ended).toEqual({ code: 0, signal: null });
});

test('The death of a trainer is told to who asked and who watches, and the next request starts anew.', async () => {
  const { ask, watch, perform, trainers } = await fixture('crash-later');
  const notices: Notice[] = [];
  watch(notices);
  await ask(1);
  await expect(ask(2)).rejects.toMatchObject({ code: 'preview-died', fault: 'failure' });
  const died = notices.at(-1)!;
  expect(died.kind).toBe('died');
  expect(JSON.stringify(died)).toContain('the next change starts another');
  perform('finish');
  expect(await ask(3)).toEqual(filled(3));
  // Between two requests, by a signal.
  trainers[1]!.kill('SIGKILL');
  await expect.poll(() => notices.at(-1)).toMatchObject({ kind: 'died' });
  expect(JSON.stringify(notices.at(-1))).toContain('SIGKILL');
  expect(await ask(4)).toEqual(filled(4));
  expect(trainers).toHaveLength(3);
});

test('What is wrong with one request is its answer and ends nothing.', async () => {
  const { ask, trainers } = await fixture('fail');
  await expect(ask(1)).rejects.toMatchObject({ code: 'no-such-image', fault: 'input' });
  await expect(ask(2)).rejects.toMatchObject({ code: 'no-such-image' });
  expect(trainers).toHaveLength(1);
});

test('A request that nobody waits for any more is not sent, and closing ends a trainer that does not listen.', async () => {
  const { ask, watch, preview, trainers } = await fixture('deaf');
  const notices: Notice[] = [];
  watch(notices);
  const first = ask(1);
  first.catch(() => undefined);
  const leaving = new AbortController();
  const second = ask(2, leaving.signal);
  leaving.abort();
  await expect(second).rejects.toMatchObject({ code: 'cancelled' });
  // Until it has the request it would still listen.
  await expect
    .poll(() => notices.at(-1), { timeout: 20_000 })
    .toMatchObject({ progress: { message: 'deaf' } });
  expect(trainers).toHaveLength(1);
  // Somebody waits for the first, so it is not for a training to end it.
  preview.rest();
  await preview.close();
  await expect(first).rejects.toMatchObject({ code: 'preview-ended' });
  expect((await trainers[0]!.ended).signal).not.toBeNull();
  await expect(ask(3)).rejects.toMatchObject({ code: 'preview-ended' });
});

test('A training that is about to start gets the memory of an idle one.', async () => {
  const { ask, preview, trainers } = await fixture('finish');
  await ask(1);
  preview.rest();
  expect(await trainers[0]!.ended).toEqual({ code: 0, signal: null });
});
