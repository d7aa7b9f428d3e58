// What a service under test has seen so far, and waiting for it to see something.

export interface Notes {
  readonly all: readonly string[];
  readonly add: (text: string) => void;
  /** Resolves when a note is this text, or at once if one was. */
  readonly seen: (text: string) => Promise<void>;
}

export function createNotes(): Notes {
  const all: string[] = [];
  const waiting = new Map<string, (() => void)[]>();
  return {
    all,
    add: (text) => {
      all.push(text);
      for (const resolve of waiting.get(text) ?? []) resolve();
      waiting.delete(text);
    },
    seen: (text) =>
      all.includes(text)
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.set(text, [...(waiting.get(text) ?? []), resolve]);
          }),
  };
}
