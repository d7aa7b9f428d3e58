// Notices what any process has changed in the library, at most once a second, and tells the page about
// the runs concerned. Looking costs one small read as long as nothing has changed.
import type { Library } from '../../store/library.ts';
import type { RunEventHub } from './run-event-hub.ts';
import { queuePositions, toRunRow } from './run-rows.ts';

export interface LibraryWatch {
  /** Looks now, because something is known to have changed. */
  look(): void;
  /** Takes the present state as known, for somebody who asks for all of it right after. */
  begin(): void;
  close(): void;
}

export interface WatchOptions {
  readonly library: Library;
  readonly hub: RunEventHub;
  /** Any process has changed something, or another's run may have ended. */
  readonly onChange: () => void;
  readonly isOwn: (id: string) => boolean;
  readonly onError: (error: unknown) => void;
  readonly intervalMs?: number;
}

/** Now and then it looks without a reason: a place may have become free in a way that nobody told. */
const skippedPolls = 10;

interface Known {
  readonly mark: string;
  readonly step: number;
}

export function watchLibrary(options: WatchOptions): LibraryWatch {
  const { library, hub, isOwn } = options;
  let known: ReadonlyMap<string, Known> | undefined;
  let seenVersion: string | undefined;
  let hasForeignOwner = true;
  let skipped = 0;

  const readState = (): ReadonlyMap<string, Known> => {
    const { positions, marks } = library.snapshot(() => ({
      positions: queuePositions(library),
      marks: library.runMarks(),
    }));
    hasForeignOwner = marks.some(({ id, isOwned }) => isOwned && !isOwn(id));
    return new Map(
      marks
        .filter(({ isDeleted }) => !isDeleted)
        .map(({ id, mark, step }) => [id, { step, mark: `${mark} ${positions.get(id) ?? ''}` }]),
    );
  };

  const tell = (): void => {
    if (!hub.isHeard) {
      known = undefined;
      return;
    }
    library.snapshot(() => {
      const before = known;
      known = readState();
      if (before !== undefined) tellDifference(before, known);
    });
  };

  const tellDifference = (
    before: ReadonlyMap<string, Known>,
    now: ReadonlyMap<string, Known>,
  ): void => {
    const changed = [...now].filter(([id, { mark }]) => before.get(id)?.mark !== mark);
    const positions = changed.length > 0 ? queuePositions(library) : new Map<string, number>();
    for (const [id, { step }] of changed) {
      const run = library.runs.find(id);
      if (run === undefined) continue;
      hub.publish({ kind: 'changed', run: toRunRow(run, positions) });
      const stepBefore = before.get(id)?.step ?? 0;
      if (!isOwn(id) && step !== stepBefore) hub.publish({ kind: 'points', id, step });
    }
    for (const id of before.keys()) if (!now.has(id)) hub.publish({ kind: 'removed', id });
  };

  const poll = (): void => {
    try {
      const version = library.version();
      // The end of another's process writes nothing.
      if (version === seenVersion && !hasForeignOwner && skipped++ < skippedPolls) return;
      skipped = 0;
      if (!hub.isHeard) readState();
      seenVersion = version;
      options.onChange();
      tell();
    } catch (error) {
      options.onError(error);
    }
  };

  const timer = setInterval(poll, options.intervalMs ?? 1000);
  return {
    look: tell,
    begin: () => {
      known ??= readState();
    },
    close: () => clearInterval(timer),
  };
}
