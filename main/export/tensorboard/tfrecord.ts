// TFRecord framing: u64 length, masked CRC-32C of the length, data, masked CRC-32C of the data; all
// little-endian. Pure.
import { inputError } from '../../../shared/errors.ts';
import { maskedCrc } from './masked-crc.ts';

const HEADER_BYTES = 12;
const FOOTER_BYTES = 4;
/** No event of numbers comes near it; a damaged length that happens to fit its checksum is not followed. */
const LARGEST_RECORD_BYTES = 256 * 1024 * 1024;

export function frameRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEADER_BYTES + data.length + FOOTER_BYTES);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, HEADER_BYTES);
  view.setUint32(HEADER_BYTES + data.length, maskedCrc(data), true);
  return record;
}

/** What of a file is left after its whole records: a writer that was ended leaves a part of one. */
export interface RecordEnd {
  readonly records: number;
  readonly leftBytes: number;
}

/**
 * Calls `take` with each record's data (a view of `file`).
 * @throws inputError `record-damaged` with the place, where a checksum says that bytes changed
 */
export function readRecords(file: Uint8Array, take: (data: Uint8Array) => void): RecordEnd {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = 0;
  let records = 0;
  while (at + HEADER_BYTES <= file.length) {
    if (view.getUint32(at + 8, true) !== maskedCrc(file.subarray(at, at + 8))) {
      throw damaged(at, 'its length does not have the checksum that it was written with');
    }
    const length = Number(view.getBigUint64(at, true));
    if (length > LARGEST_RECORD_BYTES) throw damaged(at, `it claims to have ${length} bytes`);
    const end = at + HEADER_BYTES + length;
    if (end + FOOTER_BYTES > file.length) break;
    const data = file.subarray(at + HEADER_BYTES, end);
    if (view.getUint32(end, true) !== maskedCrc(data)) {
      throw damaged(at, 'its data do not have the checksum that they were written with');
    }
    take(data);
    records++;
    at = end + FOOTER_BYTES;
  }
  return { records, leftBytes: file.length - at };
}

function damaged(at: number, why: string): Error {
  return inputError('record-damaged', `The record at byte ${at} is damaged: ${why}.`, {
    details: { offset: at },
  });
}
