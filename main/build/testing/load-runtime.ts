// In each native test process: point tfjs-node at the staged runtime before any test imports it.
import { ensureRuntime } from '../../runtime/stage.ts';
import { prepareProcess } from '../../runtime/load.ts';

prepareProcess(await ensureRuntime());
