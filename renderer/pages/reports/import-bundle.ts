// Brings a bundle from the browser to the host, piece by piece, and has it taken in.
import type { App } from '../../state/app.svelte.ts';

const PIECE_BYTES = 2 * 2 ** 20;

export async function importBundle(
  app: App,
  file: File,
): Promise<{ readonly report: string | null; readonly added: string[]; readonly known: string[] }> {
  const { host } = app;
  const path = app.pathForFile(file);
  if (path !== null) return await host.call('reports.import', { source: path });
  const { upload, received } = await host.call('datasets.beginUpload', {
    name: file.name,
    files: [{ path: file.name, sizeBytes: file.size }],
  });
  const source = await send(app, file, { upload, from: received[0] ?? 0 });
  return await host.call('reports.import', { source });
}

async function send(
  { host }: App,
  file: File,
  { upload, from }: { readonly upload: string; readonly from: number },
): Promise<string> {
  try {
    for (let offset = from; offset < file.size; offset += PIECE_BYTES) {
      const piece = file.slice(offset, offset + PIECE_BYTES);
      const bytes = new Uint8Array(await piece.arrayBuffer());
      await host.call('datasets.upload', { upload, file: 0, offset, bytes });
    }
    return (await host.call('datasets.finishUpload', { upload })).source;
  } catch (error) {
    await host.call('datasets.cancelUpload', { upload });
    throw error;
  }
}
