// Checking, copying and restoring the library, for the command line and the app: the store does it.
export { checkLibrary } from '../store/check-library.ts';
export { listBackups, makeBackup, restoreBackup } from '../store/backups.ts';
