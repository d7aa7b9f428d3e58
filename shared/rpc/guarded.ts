// Calls what somebody else brought, without their defects becoming ours.
import { platform } from './platform.ts';

/** A listener's defect must not stop the wire; it surfaces as an uncaught error of its own. */
export function guarded<T>(listener: () => T): T | undefined {
  try {
    return listener();
  } catch (error) {
    throwLater(error);
    return undefined;
  }
}

export function throwLater(error: unknown): void {
  platform.queueMicrotask(() => {
    throw error;
  });
}
