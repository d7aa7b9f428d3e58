// Checking, copying and restoring the library, for the command line and the app: the store does it.
export { checkLibrary, checkLibraryByRun } from '../store/check-library.ts';
export { checkCheckpoints } from './check-checkpoints.ts';
export { listBackups, makeBackup, restoreBackup } from '../store/backups.ts';
export { rebuildLibrary } from './rebuild-library.ts';
export { recordCheck } from './last-check.ts';
