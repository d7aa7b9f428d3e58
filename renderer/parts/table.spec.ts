import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { show } from '../testing/show.svelte.ts';
import type { Column, TableLayout } from './table-column.ts';
import Table from './Table.svelte';

interface Row {
  readonly id: string;
  readonly loss: number | null;
}

const columns: readonly Column<Row>[] = [
  { id: 'name', title: 'Name', width: 200, value: ({ id }) => id, text: ({ id }) => id },
  {
    ...{ id: 'loss', title: 'Loss', width: 90, align: 'end', value: ({ loss }: Row) => loss },
    text: ({ loss }) => (loss === null ? '–' : loss.toFixed(2)),
  },
];

function tableOf(rows: readonly Row[]) {
  const opened: string[] = [];
  const props = {
    ...{ rows, columns, label: 'Runs', rowKey: (row: Row) => row.id },
    layout: { columns: ['name', 'loss'], widths: {}, sort: null } as TableLayout,
    selected: new Set<string>() as ReadonlySet<string>,
    onLayout: (layout: TableLayout) => shown.set({ layout }),
    onSelect: (selected: ReadonlySet<string>) => shown.set({ selected }),
    onOpen: (row: Row) => void opened.push(row.id),
  };
  const shown = show(Table<Row>, props, { heightPx: 300 });
  return { opened, element: shown.element };
}

const few: readonly Row[] = [
  { id: 'a', loss: 0.5 },
  { id: 'b', loss: null },
  { id: 'c', loss: 0.25 },
  { id: 'd', loss: 2 },
];
const names = (element: HTMLElement): string[] =>
  [...element.querySelectorAll<HTMLElement>('[data-key]')].map((row) => row.dataset['key'] ?? '');
const selected = (element: HTMLElement): string[] =>
  [...element.querySelectorAll<HTMLElement>('[aria-selected="true"]')].map(
    (row) => row.dataset['key'] ?? '',
  );

test('A title sorts, numbers largest first, missing values last either way.', async () => {
  const { element } = tableOf(few);
  const loss = page.getByRole('button', { name: 'Loss' });
  await loss.click();
  expect(names(element)).toEqual(['d', 'a', 'c', 'b']);
  await expect
    .element(page.getByRole('columnheader', { name: 'Loss' }))
    .toHaveAttribute('aria-sort', 'descending');
  await loss.click();
  expect(names(element)).toEqual(['c', 'a', 'd', 'b']);
});

test('Arrow keys move, Space selects, Shift extends, Enter opens.', async () => {
  const { element, opened } = tableOf(few);
  element.querySelector<HTMLElement>('[data-key="a"]')?.focus();
  await userEvent.keyboard(' ');
  expect(selected(element)).toEqual(['a']);
  await userEvent.keyboard('{Shift>}{ArrowDown}{/Shift}');
  await expect.poll(() => document.activeElement?.getAttribute('data-key')).toBe('b');
  expect(selected(element)).toEqual(['a', 'b']);
  await userEvent.keyboard('{End}');
  await expect.poll(() => document.activeElement?.getAttribute('data-key')).toBe('d');
  await userEvent.keyboard('{Enter}');
  expect(opened).toEqual(['d']);
});

test('Of 10,000 rows only those in view are in the document, and the last can be reached.', async () => {
  const many = Array.from({ length: 10_000 }, (_, i) => ({ id: `run ${i}`, loss: i }));
  const { element } = tableOf(many);
  expect(names(element).length).toBeLessThan(60);
  expect(page.getByRole('grid').element().getAttribute('aria-rowcount')).toBe('10001');
  element.querySelector<HTMLElement>('[data-key="run 0"]')?.focus();
  await userEvent.keyboard('{End}');
  await expect.poll(() => document.activeElement?.getAttribute('data-key')).toBe('run 9999');
  const last = element.querySelector('[data-key="run 9999"]')?.getBoundingClientRect();
  const grid = page.getByRole('grid').element().getBoundingClientRect();
  expect(last?.bottom).toBeLessThanOrEqual(grid.bottom + 1);
});

test('A click with Shift selects all between, and one box selects or leaves all.', async () => {
  const { element, opened } = tableOf(few);
  const boxes = page.getByRole('checkbox', { name: 'Select row' });
  await boxes.nth(0).click();
  await boxes.nth(2).click({ modifiers: ['Shift'] });
  expect(selected(element)).toEqual(['a', 'b', 'c']);
  await page.getByRole('checkbox', { name: 'Select all' }).click();
  expect(selected(element)).toHaveLength(4);
  await page.getByRole('checkbox', { name: 'Select all' }).click();
  expect([selected(element), opened]).toEqual([[], []]);
});

test('The edge of a column widens it.', async () => {
  const { element } = tableOf(few);
  const head = page.getByRole('columnheader', { name: 'Loss' }).element();
  const before = head.getBoundingClientRect();
  const handle = head.querySelector('.handle') as HTMLElement;
  const at = (clientX: number) => ({ clientX, pointerId: 1, bubbles: true, cancelable: true });
  // A pointer that no device moves can't be captured.
  handle.setPointerCapture = () => undefined;
  handle.dispatchEvent(new PointerEvent('pointerdown', at(before.right)));
  handle.dispatchEvent(new PointerEvent('pointermove', at(before.right + 40)));
  handle.dispatchEvent(new PointerEvent('pointerup', at(before.right + 40)));
  await expect.poll(() => head.getBoundingClientRect().width).toBe(before.width + 40);
  expect(element.isConnected).toBe(true);
});
