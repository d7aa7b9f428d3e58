// The values of options, from text. Each says what was wrong with which option.
import { inputError, type AppError } from '../../shared/errors.ts';
import type { InputShape } from '../../shared/spec/architecture.ts';
import { NAMED_AUGMENTATIONS, type AugmentationSpec } from '../../shared/spec/augmentation.ts';
import { parseDevices, type DeviceList } from '../../shared/spec/devices.ts';
import type { NormalizationSpec } from '../../shared/spec/recipe.ts';
import { PrecisionSpec } from '../../shared/spec/precision.ts';
import { closestNames } from '../../shared/spec/closest.ts';

export function parseWhole(option: string, text: string, least = 1): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw badOption(option, `must be a whole number of at least ${least}, not "${text}"`);
}

export function parsePositive(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw badOption(option, `must be a number above 0, not "${text}"`);
}

export function parseSwitch(option: string, text: string): boolean {
  if (text === 'on') return true;
  if (text === 'off') return false;
  throw badOption(option, `must be on or off, not "${text}"`);
}

export function parsePrecision(text: string): PrecisionSpec {
  const parsed = PrecisionSpec.safeParse(text);
  if (parsed.success) return parsed.data;
  const known = PrecisionSpec.options;
  const [close] = closestNames(text, known);
  const hint = close === undefined ? '' : `; did you mean ${close}?`;
  throw badOption('--precision', `must be one of ${known.join(', ')}, not "${text}"${hint}`);
}

/** `0,1` or `cpu,cpu`. */
export function readDevices(text: string): DeviceList {
  const devices = parseDevices(text);
  if (typeof devices !== 'string') return devices;
  throw inputError('bad-option', `--devices: ${devices}`, { path: '--devices' });
}

/** `7` or `1,2,3`. */
export function parseSeeds(text: string): readonly number[] {
  const seeds = text.split(',').map((part) => parseWhole('--seed', part.trim(), 0));
  const twice = seeds.find((seed, i) => seeds.indexOf(seed) !== i);
  if (twice === undefined) return seeds;
  throw badOption('--seed', `has ${twice} twice, which would train the same run again`);
}

/** `32x32x3`, `224x224`. */
export function parseInputShape(text: string): InputShape {
  const [, height, width, channels = '3'] = /^(\d+)[x×](\d+)(?:[x×]([13]))?$/i.exec(text) ?? [];
  if (height === undefined || width === undefined || Number(height) * Number(width) === 0) {
    throw badOption('--input', `must be HEIGHTxWIDTHxCHANNELS such as 32x32x3, not "${text}"`);
  }
  return { height: Number(height), width: Number(width), channels: Number(channels) };
}

export function parseAugmentation(text: string): AugmentationSpec {
  const named = Object.hasOwn(NAMED_AUGMENTATIONS, text) ? NAMED_AUGMENTATIONS[text] : undefined;
  if (named !== undefined) return named;
  const known = Object.keys(NAMED_AUGMENTATIONS);
  const [close] = closestNames(text, known);
  const hint = close === undefined ? '' : `; did you mean ${close}?`;
  throw badOption('--augment', `must be one of ${known.join(', ')}, not "${text}"${hint}`);
}

/** `auto`, `per-pixel`, or means and deviations per channel: `0.5,0.5,0.5/0.25,0.25,0.25`. */
export function parseNormalization(text: string): NormalizationSpec {
  if (text === 'auto' || text === 'per-pixel') return { kind: text };
  const [mean, deviation, ...rest] = text.split('/').map((part) => part.split(',').map(Number));
  const isComplete = mean !== undefined && deviation !== undefined && rest.length === 0;
  if (
    !isComplete ||
    mean.length !== deviation.length ||
    /(^|[,/])\s*([,/]|$)/.test(text) ||
    [...mean, ...deviation].some((value) => !Number.isFinite(value)) ||
    deviation.some((value) => value <= 0)
  ) {
    throw badOption(
      '--normalize',
      `must be auto, per-pixel or means/deviations of pixels in [0, 1], such as 0.5,0.5,0.5/0.25,0.25,0.25, not "${text}"`,
    );
  }
  return { kind: 'fixed', mean, deviation };
}

export function badOption(option: string, problem: string): AppError {
  return inputError('bad-option', `${option} ${problem}${problem.endsWith('?') ? '' : '.'}`, {
    path: option,
  });
}
