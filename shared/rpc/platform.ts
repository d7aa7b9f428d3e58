// The few globals that page, host and trainer all have, but that no type library of all three declares.
// Nothing else may be added that one of them lacks.

interface MinimalAbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** The environment's own `AbortSignal` where it has a type for it. */
export type CancelSignal = typeof globalThis extends { AbortSignal: { prototype: infer T } }
  ? T
  : MinimalAbortSignal;

export interface CancelController {
  readonly signal: CancelSignal;
  abort(reason?: unknown): void;
}

interface Platform {
  readonly AbortController: new () => CancelController;
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  readonly TextDecoder: new (
    label: 'utf-8',
    options: { readonly fatal: boolean },
  ) => { decode(bytes: Uint8Array): string };
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
  queueMicrotask(callback: () => void): void;
}

export const platform = globalThis as unknown as Platform;
