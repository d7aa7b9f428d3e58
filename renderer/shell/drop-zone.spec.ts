import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { servedApp } from '../testing/served-app.ts';
import { show } from '../testing/show.svelte.ts';
import DropZone from './DropZone.svelte';

function holding(...files: readonly File[]): DataTransfer {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  return transfer;
}

function send(type: string, dataTransfer: DataTransfer): DragEvent {
  const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
  document.body.dispatchEvent(event);
  return event;
}

const zone = page.getByRole('status');
const spec = new File(['{"format": 1, "architecture": "resnet20"}'], 'spec.json', {
  type: 'application/json',
});

test('While a file is held over the window it says what will happen, and no longer once it has left.', async () => {
  show(DropZone, {});
  send('dragenter', holding(spec));
  await expect.element(zone).toHaveTextContent('The spec will be opened in “New run”');
  // From one element to another: entered before the first is left.
  send('dragenter', holding(spec));
  send('dragleave', holding(spec));
  await expect.element(zone).toBeVisible();
  send('dragleave', holding(spec));
  await expect.poll(() => zone.elements().length).toBe(0);
});

test('Text that is dragged is none of its business.', () => {
  show(DropZone, {});
  const transfer = new DataTransfer();
  transfer.setData('text/plain', 'words');
  expect(send('dragenter', transfer).defaultPrevented).toBe(false);
  expect(send('drop', transfer).defaultPrevented).toBe(false);
  expect(zone.elements()).toHaveLength(0);
});

test('A dropped spec waits for “New run”; the browser does not open the file.', async () => {
  const app = servedApp();
  show(DropZone, {}, { app });
  send('dragenter', holding(spec));
  expect(send('drop', holding(spec)).defaultPrevented).toBe(true);
  await expect.poll(() => app.incoming.spec?.from).toBe('spec.json');
  expect(app.incoming.spec?.text).toBe(await spec.text());
  expect(zone.elements()).toHaveLength(0);
});

test('A single image is refused in words, and nothing is sent.', async () => {
  const app = servedApp();
  show(DropZone, {}, { app });
  send(
    'drop',
    holding(new File([new Uint8Array([0xff, 0xd8])], 'cat.jpg', { type: 'image/jpeg' })),
  );
  await expect
    .poll(() => app.toasts.list.map((toast) => toast.title))
    .toEqual(['An image alone is no dataset']);
  expect(app.incoming.uploads).toHaveLength(0);
});
