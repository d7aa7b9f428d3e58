// The process environment of a trainer on this machine.
import {
  trainerEnvironment,
  type TrainerDevice,
  type TrainerSettings,
} from '../runtime/load-environment.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { RuntimePlace } from '../../shared/contract/trainer.ts';
import type { Environment } from './trainer-launcher.ts';

/** Without a device: the first that the user lets us see. */
export function environmentFor(
  runtime: Runtime,
  env: Environment,
  device: TrainerDevice = deviceFor(runtime, env),
  settings: TrainerSettings = {},
): Environment {
  return { ...env, ...trainerEnvironment(runtime, device, settings, env) };
}

export function placeOf({ bindingPath, device }: Runtime): RuntimePlace {
  return { bindingPath, device };
}

/** The first GPU that the user lets us see; a trainer uses one unless its run names several. */
export function deviceFor(runtime: Pick<Runtime, 'device'>, env: Environment): TrainerDevice {
  if (runtime.device === 'cpu') return { kind: 'cpu' };
  const first = env['CUDA_VISIBLE_DEVICES']?.split(',')[0]?.trim();
  return { kind: 'cuda', gpus: [first === undefined || first === '' ? 0 : first] };
}
