import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { makeRows } from '../../charts/testing/replay-host.ts';
import { show } from '../../testing/show.svelte.ts';
import { parseFilter } from './filter.ts';
import FilterBar from './FilterBar.svelte';
import { specIndex } from './spec-fields.ts';

const runs = makeRows(12);
const specs = specIndex(new Map());

function bar() {
  const shown = show(FilterBar, {
    ...{ text: '', runs, specs, problems: [] as readonly string[], onFocus: () => undefined },
    onChange: (text: string) => {
      last = text;
      shown.set({ text, problems: parseFilter(text, specs).problems });
    },
  });
  let last = '';
  return () => last;
}

const box = page.getByRole('combobox', { name: 'Filter runs' });

test('It suggests fields, then the values that runs have; keys choose among them.', async () => {
  const text = bar();
  await box.fill('ar');
  await expect.element(page.getByRole('option').first()).toHaveTextContent('arch:');
  await userEvent.keyboard('{ArrowDown}{Enter}');
  expect(text()).toBe('arch:');
  await box.fill('arch:pl');
  await userEvent.keyboard('{ArrowDown}');
  await expect.element(page.getByRole('option', { selected: true })).toHaveTextContent('plain20');
  await userEvent.keyboard('{Enter}');
  expect(runs.filter(parseFilter(text(), specs).matches).map((run) => run.architecture)).toEqual(
    runs.filter((run) => run.architecture === 'plain20').map((run) => run.architecture),
  );
});

test('Escape closes the suggestions first, and then empties the field.', async () => {
  const text = bar();
  await box.fill('arch:');
  await expect.element(box).toHaveAttribute('aria-expanded', 'true');
  await userEvent.keyboard('{Escape}');
  expect([text(), box.element().getAttribute('aria-expanded')]).toEqual(['arch:', 'false']);
  await userEvent.keyboard('{Escape}');
  expect(text()).toBe('');
});

test('A token that is not understood is named, with what was meant.', async () => {
  bar();
  await box.fill('acc>high');
  await expect.element(page.getByRole('status')).toHaveTextContent('high');
});
