// Fetches files that the host made, piece by piece.
import type { KeptExport } from '../../shared/contract/app/exports.ts';
import type { Host } from './host.ts';

export async function fetchKept(host: Host, kept: KeptExport): Promise<readonly File[]> {
  const files: File[] = [];
  for (const [file, { name, sizeBytes }] of kept.files.entries()) {
    const parts: BlobPart[] = [];
    for (let offset = 0; offset < sizeBytes;) {
      const { bytes } = await host.call('exports.read', { export: kept.export, file, offset });
      if (bytes.length === 0) break;
      parts.push(new Uint8Array(bytes));
      offset += bytes.length;
    }
    files.push(new File(parts, name));
  }
  return files;
}
