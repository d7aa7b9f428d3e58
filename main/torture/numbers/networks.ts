// The process that computes random networks: it loads TensorFlow, which the suite itself must not. Says one
// line of JSON at its end, or dies, which is a finding of the parent's.
import { prepareProcess } from '../../runtime/load.ts';
import { ensureRuntime } from '../../runtime/stage.ts';

const [seed = '0', count = '1', against = 'eager'] = process.argv.slice(2);
prepareProcess(await ensureRuntime());
const { checkNetworks } = await import('./check-networks.ts');
const outcome = await checkNetworks(
  against === 'torch' ? 'torch' : 'eager',
  Number(count),
  Number(seed),
);
process.stdout.write(`${JSON.stringify(outcome)}\n`);
