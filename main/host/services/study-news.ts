// Tells pages that a study has changed, at most once a second each: they ask for what it is then.
const INTERVAL_MS = 1000;

export interface StudyNews {
  tell(id: string): void;
  /** Until the signal. */
  follow(signal: AbortSignal, listen: (id: string) => void): Promise<void>;
  close(): void;
}

export function createStudyNews(): StudyNews {
  const listeners = new Set<(id: string) => void>();
  const waiting = new Map<string, NodeJS.Timeout>();
  return {
    tell: (id) => {
      if (waiting.has(id)) return;
      const timer = setTimeout(() => {
        waiting.delete(id);
        for (const listen of listeners) listen(id);
      }, INTERVAL_MS);
      timer.unref();
      waiting.set(id, timer);
    },
    follow: async (signal, listen) => {
      if (signal.aborted) return;
      listeners.add(listen);
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      listeners.delete(listen);
    },
    close: () => {
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
    },
  };
}
