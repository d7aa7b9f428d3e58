// In each native test process: point tfjs-node at the staged runtime before any test imports it.
import { ensureCheckedRuntime } from '../../runtime/checked-runtime.ts';
import { prepareProcess } from '../../runtime/load.ts';

prepareProcess(await ensureCheckedRuntime());
