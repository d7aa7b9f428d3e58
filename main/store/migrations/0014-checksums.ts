// CRC-32 of the bytes of each chunk, so that a bit that a disk has changed is noticed. NULL for chunks from
// before this: they are read as they are, and get one when they are next rewritten.
import type { Migration } from '../migration.ts';

export const checksumsMigration: Migration = {
  version: 14,
  name: 'checksums',
  statements: 'ALTER TABLE chunks ADD COLUMN checksum INTEGER;',
};
