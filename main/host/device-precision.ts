// What the device that a run is about to be trained on computes fastest in.
import type { TrainerDevice } from '../runtime/load-environment.ts';
import { fastestPrecision, type FastestPrecision } from '../runtime/fastest-precision.ts';
import { queryGpus } from '../runtime/nvidia-smi.ts';
import { describeProcessor } from '../runtime/processor.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Environment } from './trainer-launcher.ts';

/** @param environment of the trainer */
export async function precisionOfDevice(
  runtime: Pick<Runtime, 'tensorflowVersion'>,
  device: TrainerDevice,
  environment: Environment,
): Promise<FastestPrecision> {
  const { instructionSets } = await describeProcessor();
  return fastestPrecision({
    device: device.kind,
    computeCapability: await computeCapabilityOf(device, environment),
    tensorflowVersion: runtime.tensorflowVersion,
    instructionSets,
    isOneDnnOff: environment['TF_ENABLE_ONEDNN_OPTS'] === '0',
  });
}

/** Of several GPUs the lowest: what it is slow in, all wait for. */
async function computeCapabilityOf(
  device: TrainerDevice,
  environment: Environment,
): Promise<string> {
  if (device.kind === 'cpu') return '';
  const { gpus } = await queryGpus(environment);
  const found = device.gpus.map(
    (gpu) =>
      gpus.find(({ index, uuid }) => String(index) === String(gpu) || uuid === gpu)
        ?.computeCapability ?? '',
  );
  return found.toSorted((a, b) => Number(a) - Number(b))[0] ?? '';
}
