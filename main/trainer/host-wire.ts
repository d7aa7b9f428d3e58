// The trainer's end of the wire to its host: Node's process messages if it was forked, the parent port if it
// is a utility process of Electron.
import { processWire } from '../../shared/rpc/process-wire.ts';
import { parentPortWire, type ParentPort } from '../../shared/rpc/utility-wire.ts';
import type { Wire } from '../../shared/rpc/wire.ts';
import { watchParent } from './parent-watch.ts';

/** The exit code, which nobody is there to read. */
const HOST_IS_GONE = 3;

export interface HostWire {
  readonly wire: Wire;
  /** A utility process has to end itself (electron#47228); a forked one ends when nothing is left to do. */
  readonly mustExit: boolean;
}

/** Undefined if this process was not started by a host. */
export function openHostWire(): HostWire | undefined {
  const { parentPort } = process as { parentPort?: ParentPort };
  if (parentPort !== undefined) {
    // A port says nothing of its other end's death. Nobody could store what comes next; the last checkpoint stands.
    watchParent(() => process.exit(HOST_IS_GONE));
    return { wire: parentPortWire(parentPort), mustExit: true };
  }
  if (process.send === undefined) return undefined;
  return { wire: processWire(process), mustExit: false };
}
