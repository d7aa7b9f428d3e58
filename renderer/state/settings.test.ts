import { expect, test, vi } from 'vitest';
import type { Host } from '../client/host.ts';
import { SettingsStore } from './settings.svelte.ts';

/** A library's settings and a browser's storage, both of which outlive a page. */
function prepare() {
  const library = { theme: 'system', views: {} as Record<string, unknown>, resumeRuns: true };
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as unknown as Storage;
  const host = {
    call: (name: string, input: { views?: object }) => {
      if (name === 'app.changeSettings') Object.assign(library.views, input.views);
      return Promise.resolve(structuredClone(library));
    },
  } as unknown as Host;
  const openPage = () =>
    new SettingsStore({
      host,
      storage,
      onError: (error) => {
        throw error;
      },
    });
  return { library, storage, openPage };
}

test('a view is remembered by the library, once for many quick changes', async () => {
  vi.useFakeTimers();
  const { library, openPage } = prepare();
  const columns = openPage().view('columns', { names: ['a'], width: 10 });
  columns.value = { names: ['a', 'b'], width: 10 };
  columns.value = { names: ['b'], width: 10 };
  expect(columns.value.names).toEqual(['b']);
  await vi.runAllTimersAsync();
  expect(library.views).toEqual({ columns: { names: ['b'], width: 10 } });
  vi.useRealTimers();
});

test('what was changed just before the page was closed reaches the library from the next one', async () => {
  vi.useFakeTimers();
  const { library, openPage } = prepare();
  openPage().view('draft', 'none').value = 'half written';
  vi.clearAllTimers(); // the page is gone before it could save
  const next = openPage();
  expect(next.view('draft', 'none').value).toBe('half written');
  await next.load();
  expect(next.view('draft', 'none').value).toBe('half written');
  expect(library.views).toEqual({ draft: 'half written' });
  vi.useRealTimers();
});

test('fields that are new since a view was remembered get their first value', async () => {
  const { library, openPage } = prepare();
  library.views = { columns: { width: 20 } };
  const settings = openPage();
  await settings.load();
  expect(settings.view('columns', { width: 10, sort: 'name' }).value).toEqual({
    width: 20,
    sort: 'name',
  });
});

test('a copy that cannot be read is thrown away', () => {
  const { storage, openPage } = prepare();
  storage.setItem('resnet-lab.settings', '{');
  expect(openPage().theme).toBe('system');
});
