// Fetches a known dataset into the library's `downloads` folder, from where it is opened like any other
// archive. What is there already is checked and used.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { hasErrorCode, inputError } from '../../shared/errors.ts';
import { formatBytes, formatTimeLeft } from '../../shared/format.ts';
import {
  downloadFile,
  PART_SUFFIX,
  type DownloadOptions,
  type DownloadProgress,
} from '../data/download/download-file.ts';
import { getDownload, KNOWN_DOWNLOADS } from '../data/download/known-downloads.ts';
import type { Preparing } from './host-parts.ts';

export interface DownloadedDataset {
  readonly name: string;
  /** What to give to a run or an inspection. */
  readonly source: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** False if it was there already, whole and right. */
  readonly wasFetched: boolean;
}

export interface DatasetDownloadOptions extends DownloadOptions {
  readonly libraryFolder: string;
  /** A mirror; its bytes must have the same checksum. */
  readonly from?: string | undefined;
}

export interface DatasetOffer {
  readonly name: string;
  readonly title: string;
  readonly homepage: string;
  readonly sizeBytes: number;
  /** Of an earlier try. */
  readonly receivedBytes: number;
  /** Null before it is here. Its checksum is looked at when it is downloaded, not each time. */
  readonly source: string | null;
}

/** What can be fetched, and how much of it is in the library. */
export function listOffers(libraryFolder: string): Promise<readonly DatasetOffer[]> {
  return Promise.all(
    KNOWN_DOWNLOADS.map(async ({ name, title, homepage, sizeBytes, fileName }) => {
      const target = targetIn(libraryFolder, fileName);
      const isHere = (await bytesOf(target)) === sizeBytes;
      const receivedBytes = isHere ? sizeBytes : await bytesOf(target + PART_SUFFIX);
      return {
        ...{ name, title, homepage, sizeBytes, receivedBytes },
        source: isHere ? target : null,
      };
    }),
  );
}

function targetIn(libraryFolder: string, fileName: string): string {
  return path.join(libraryFolder, 'downloads', fileName);
}

async function bytesOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return 0;
    throw error;
  }
}

export async function downloadDataset(
  name: string,
  { libraryFolder, from, ...options }: DatasetDownloadOptions,
): Promise<DownloadedDataset> {
  const { url, fileName, sizeBytes, sha256 } = getDownload(name);
  const source = targetIn(libraryFolder, fileName);
  const address = from === undefined ? url : webAddress(from);
  const file = { url: address, sizeBytes, sha256, target: source };
  const wasFetched = await downloadFile(file, options);
  return { name, source, sizeBytes, sha256, wasFetched };
}

function webAddress(text: string): string {
  if (URL.canParse(text)) {
    const url = new URL(text);
    if (url.protocol === 'http:' || url.protocol === 'https:') return url.href;
  }
  throw inputError(
    'bad-address',
    `"${text}" is no web address; it must begin with https:// or http://.`,
    { path: '--from' },
  );
}

export function describeDownload({
  stage,
  doneBytes,
  totalBytes,
  bytesPerSecond,
}: DownloadProgress): Preparing {
  const amount = `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`;
  const leftMs = (1000 * (totalBytes - doneBytes)) / bytesPerSecond;
  const speed =
    stage === 'check' || bytesPerSecond <= 0
      ? ''
      : [`, ${formatBytes(bytesPerSecond)} a second`, formatTimeLeft(leftMs)]
          .filter((part) => part !== '')
          .join(', ');
  return {
    kind: 'preparing',
    message: `${stage === 'check' ? 'Checking' : 'Downloading'}: ${amount}${speed}`,
    fraction: doneBytes / totalBytes,
  };
}
