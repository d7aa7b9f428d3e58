// Which journal a library's database uses. WAL lets others read while one writes, but it needs memory
// that all processes share, which a network file system does not give (sqlite.org/wal.html). There a
// rollback journal is used, whose locks work across machines.
import fs from 'node:fs';
import path from 'node:path';

export type JournalMode = 'wal' | 'truncate';

/** Linux's numbers for file systems that several machines may share (statfs(2) and their sources). */
const networkFileSystems: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB 2
  0x01021997, // 9p
  0x5346414f, // AFS
  0x00c36400, // Ceph
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x19830326, // BeeGFS
  0x65735546, // FUSE, sshfs among them
]);

export function journalModeFor(file: string): JournalMode {
  const folder = path.dirname(file);
  if (process.platform === 'win32') return folder.startsWith('\\\\') ? 'truncate' : 'wal';
  if (process.platform !== 'linux') return 'wal';
  return networkFileSystems.has(fs.statfsSync(folder).type) ? 'truncate' : 'wal';
}
