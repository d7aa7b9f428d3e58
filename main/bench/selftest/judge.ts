// What the self-test's numbers say about a device: right or wrong, how fast, in one sentence. Pure.
import { TRAININGS, type CaseResult, type DeviceResult } from './cases.ts';
import type { Precision } from '../../../shared/spec/precision.ts';

/**
 * The first ten losses of each network in float32: TensorFlow 2.21 on an AMD EPYC (AVX2), the same to six digits
 * with oneDNN and without.
 */
export const STORED_LOSSES: Readonly<Record<string, readonly number[]>> = {
  resnet20: [
    2.60475, 2.528569, 2.383805, 2.331451, 2.158866, 2.277615, 2.191478, 2.330125, 2.055456,
    2.22063,
  ],
  'mini-preact-bottleneck': [
    2.335027, 2.310022, 2.318915, 2.315988, 2.332565, 2.30824, 2.316217, 2.313159, 2.32795,
    2.305557,
  ],
  'mini-resnet18': [
    2.437424, 2.267692, 2.392755, 2.42655, 2.319265, 2.14286, 2.265227, 2.30689, 2.214239, 2.046815,
  ],
  'mini-resnext50': [
    2.422805, 2.32156, 2.28645, 2.37752, 2.275821, 2.223501, 2.17317, 2.229041, 2.173687, 2.147288,
  ],
};

/** Of a loss. float32 on Ampere and newer GPUs is TensorFloat-32, with 10 bits; bfloat16 has 8, and steps add up. */
const TOLERANCE: Readonly<Record<Precision, number>> = {
  float32: 0.01,
  float16: 0.03,
  bfloat16: 0.05,
};

export interface JudgedCase extends CaseResult {
  /** The largest deviation of a loss; null where one is not finite or there is none. */
  readonly againstStored: number | null;
  /** Against float32 on this machine's CPU. */
  readonly againstCpu: number | null;
  readonly isRight: boolean;
}

export interface JudgedDevice extends Omit<DeviceResult, 'cases'> {
  readonly cases: readonly JudgedCase[];
  readonly isRight: boolean;
  readonly sentence: string;
}

export function judgeDevices(devices: readonly DeviceResult[]): JudgedDevice[] {
  const cpu = devices.find(({ device }) => device === 'cpu')?.cases ?? [];
  return devices.map((device) => judgeDevice(device, cpu));
}

function judgeDevice(device: DeviceResult, cpu: readonly CaseResult[]): JudgedDevice {
  const cases = device.cases.map((one): JudgedCase => {
    const onCpu = cpu.find(
      ({ architecture, precision }) => architecture === one.architecture && precision === 'float32',
    );
    const againstStored = deviation(one.losses, STORED_LOSSES[one.architecture] ?? []);
    const isRight = againstStored !== null && againstStored <= TOLERANCE[one.precision];
    return {
      ...one,
      againstStored,
      againstCpu: deviation(one.losses, onCpu?.losses ?? []),
      isRight,
    };
  });
  const isTried = device.ended === undefined && device.untried === undefined;
  const isRight = isTried && cases.every((one) => one.isRight);
  return { ...device, cases, isRight, sentence: sentenceOf(device, cases) };
}

function deviation(given: readonly number[], expected: readonly number[]): number | null {
  const count = Math.min(given.length, expected.length);
  if (count === 0) return null;
  const off = given.slice(0, count).map((loss, i) => Math.abs(loss / (expected[i] ?? NaN) - 1));
  return off.every(Number.isFinite) ? Math.max(...off) : null;
}

function sentenceOf(
  { device, name, ended, untried }: DeviceResult,
  cases: readonly JudgedCase[],
): string {
  const start = `${device} (${name})`;
  if (untried !== undefined) return `${start}: ${untried}.`;
  if (ended !== undefined) {
    const at = cases.length === 0 ? '' : ` after ${cases.length} trainings`;
    return `${start}: the process ended${at}: ${ended}.`;
  }
  const wrong = cases.filter((one) => !one.isRight);
  const speed = speedOf(cases);
  const left = TRAININGS - cases.length;
  const late = left === 0 ? '' : ` (for ${left} there was no time)`;
  if (wrong.length === 0) {
    return `${start}: all ${cases.length} trainings are right${late}${speed}.`;
  }
  const differences = wrong.map(
    ({ architecture, precision, againstStored }) =>
      `${architecture} in ${precision} (${againstStored === null ? 'not finite' : `${(100 * againstStored).toPrecision(2)} % off`})`,
  );
  return `${start}: wrong are ${differences.join(', ')}${late}${speed}.`;
}

/** Of ResNet-20, whose name everyone knows. */
function speedOf(cases: readonly JudgedCase[]): string {
  const speeds = cases.flatMap(({ architecture, precision, imagesPerSecond }) =>
    architecture === 'resnet20' && imagesPerSecond !== null
      ? [`${imagesPerSecond.toPrecision(3)} images/s in ${precision}`]
      : [],
  );
  return speeds.length === 0 ? '' : `; ResNet-20 at batch 16: ${speeds.join(', ')}`;
}
