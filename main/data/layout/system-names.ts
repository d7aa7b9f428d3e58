// Names that operating systems, network drives, viewers and archivers leave beside images. Files of such
// a name, and files in such folders, are neither images nor classes; the listing counts them.

const SYSTEM_NAMES: ReadonlySet<string> = new Set([
  // macOS (hidden ones begin with a dot, which is a rule of its own)
  '__macosx',
  'icon\r',
  'network trash folder',
  'temporary items',
  // Windows
  '$recycle.bin',
  'recycler',
  'recycled',
  'system volume information',
  'thumbs.db',
  'ehthumbs.db',
  'ehthumbs_vista.db',
  'desktop.ini',
  // Linux
  'lost+found',
  // Network drives of Synology and QNAP
  '@eadir',
  '@tmp',
  '@recycle',
  '@recently-snapshot',
  '@__thumb',
  '#recycle',
  '#snapshot',
  // Viewers and tools
  'picasa.ini',
  'zbthumbnail.info',
  '__pycache__',
]);

/** chkdsk leaves `found.000`. */
const FOUND = /^found\.\d{3}$/;

/** True for what is passed over by its name alone, also for everything in a folder of that name. */
export function isSystemName(name: string): boolean {
  if (name.startsWith('.')) return true;
  const key = name.toLowerCase();
  return SYSTEM_NAMES.has(key) || FOUND.test(key);
}

/** What was passed over before version 2 of the reading rules; runs of that time are read so again. */
export function isSystemNameOfRules1(name: string): boolean {
  return name.startsWith('.') || name === '__MACOSX';
}
