// The devices that the self-test tries, and the low precision that is worth trying on each.
import type { Precision } from '../../../shared/spec/precision.ts';
import { fastestPrecision } from '../../runtime/fastest-precision.ts';
import type { TrainerDevice } from '../../runtime/load-environment.ts';
import { gatherFacts } from '../../runtime/machine.ts';
import { queryGpus } from '../../runtime/nvidia-smi.ts';
import { describeProcessor } from '../../runtime/processor.ts';
import type { Runtime } from '../../runtime/runtime.ts';

/** A GPU that the driver knows and this TensorFlow does not use. */
export interface UnusedDevice {
  readonly device: string;
  readonly name: string;
}

/** Those that are not tried because TensorFlow is here for the CPU. */
export async function findUnused(runtime: Runtime): Promise<UnusedDevice[]> {
  if (runtime.device !== 'cpu') return [];
  const { gpus } = (await gatherFacts(process.env)).gpus;
  return gpus.map(({ index, name }) => ({ device: `cuda:${index}`, name }));
}

export interface TestedDevice {
  readonly device: string;
  readonly name: string;
  readonly place: TrainerDevice;
  readonly low: Precision;
}

export async function findDevices(runtime: Runtime): Promise<TestedDevice[]> {
  const { model, instructionSets } = await describeProcessor();
  const { tensorflowVersion } = runtime;
  const cpu: TestedDevice = {
    device: 'cpu',
    name: model,
    place: { kind: 'cpu' },
    low: 'bfloat16',
  };
  if (runtime.device === 'cpu') return [cpu];
  const { gpus } = await queryGpus(process.env);
  const found = gpus.map(({ index, name, computeCapability }): TestedDevice => {
    const { precision } = fastestPrecision({
      ...{ device: 'cuda', computeCapability, tensorflowVersion },
      ...{ instructionSets, isOneDnnOff: false },
    });
    return {
      device: `cuda:${index}`,
      name: `${name}, compute capability ${computeCapability || 'unknown'}`,
      place: { kind: 'cuda', gpus: [index] },
      low: precision === 'float32' ? 'float16' : precision,
    };
  });
  return [cpu, ...found];
}
