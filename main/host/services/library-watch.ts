// Notices what any process has changed in the library, at most once a second, and tells the page about
// the runs concerned. Looking costs one small read as long as nothing has changed.
import type { Library } from '../../store/library.ts';
import type { RunEventHub } from './run-event-hub.ts';
import { queuePositions, toRunRow } from './run-rows.ts';

export interface WatchOptions {
  readonly library: Library;
  readonly hub: RunEventHub;
  /** Any process has changed something, or another's run may have ended. */
  readonly onChange: () => void;
  readonly isOwn: (id: string) => boolean;
  readonly onError: (error: unknown) => void;
  readonly intervalMs?: number | undefined;
}

/** Now and then it looks without a reason: a place may have become free in a way that nobody told. */
const skippedPolls = 10;

interface Known {
  readonly mark: string;
  readonly step: number;
}

export class LibraryWatch {
  readonly #options: WatchOptions;
  readonly #timer: NodeJS.Timeout;
  #known: ReadonlyMap<string, Known> | undefined;
  #seenVersion: string | undefined;
  #hasForeignOwner = true;
  #skipped = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#poll(), options.intervalMs ?? 1000);
  }

  /** Looks now, because something is known to have changed. */
  look(): void {
    const { library, hub } = this.#options;
    if (!hub.hasListeners) {
      this.#known = undefined;
      return;
    }
    library.snapshot(() => {
      const before = this.#known;
      this.#known = this.#readState();
      if (before !== undefined) this.#tellDifference(before, this.#known);
    });
  }

  /** Takes the present state as known, for somebody who asks for all of it right after. */
  begin(): void {
    this.#known ??= this.#readState();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #poll(): void {
    const { library, hub, onChange, onError } = this.#options;
    try {
      const version = library.version();
      // The end of another's process writes nothing.
      const hasChanged = version !== this.#seenVersion || this.#hasForeignOwner;
      if (!hasChanged && this.#skipped++ < skippedPolls) return;
      this.#skipped = 0;
      if (!hub.hasListeners) this.#readState();
      this.#seenVersion = version;
      onChange();
      this.look();
    } catch (error) {
      onError(error);
    }
  }

  #readState(): ReadonlyMap<string, Known> {
    const { library, isOwn } = this.#options;
    const { positions, marks } = library.snapshot(() => ({
      positions: queuePositions(library),
      marks: library.runMarks(),
    }));
    this.#hasForeignOwner = marks.some(({ id, isOwned }) => isOwned && !isOwn(id));
    return new Map(
      marks
        .filter(({ isDeleted }) => !isDeleted)
        .map(({ id, mark, step }) => [id, { step, mark: `${mark} ${positions.get(id) ?? ''}` }]),
    );
  }

  #tellDifference(before: ReadonlyMap<string, Known>, now: ReadonlyMap<string, Known>): void {
    const { library, hub, isOwn } = this.#options;
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
  }
}
