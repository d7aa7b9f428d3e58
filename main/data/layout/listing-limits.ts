// How much of a folder or an archive is listed. All limits of listing are here.

/** Their names alone would take gigabytes of memory. */
export const MOST_FILES = 4_000_000;
/** Folders inside one another; no person sorts images any deeper. */
export const DEEPEST = 64;
/** Paths that are named for each reason why files are not used. */
export const MOST_EXAMPLES = 20;
