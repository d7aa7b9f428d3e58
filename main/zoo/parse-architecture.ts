// JSON of unknown shape → validated spec. Beyond the schema it refuses settings that would have no
// effect, because two specs that differ only in one of them would compare as different networks.
import { inputError, type AppError } from '../../shared/errors.ts';
import {
  ArchitectureSpec,
  BlockSpec,
  MergeSpec,
  SamplingSpec,
  StageSpec,
  StemSpec,
} from '../../shared/spec/architecture.ts';
import { DecoderSpec, Likelihood } from '../../shared/spec/autoencoder.ts';
import { conditionalFields, withoutEffect } from '../../shared/spec/architecture-fields.ts';
import { describeIssue } from '../../shared/spec/issue-sentence.ts';
import { buildPlan } from './build-plan.ts';

const fields = [
  ...[ArchitectureSpec, StemSpec, StageSpec, BlockSpec],
  ...MergeSpec.options,
  ...SamplingSpec.options,
  ...DecoderSpec.options,
  ...Likelihood.options,
].flatMap((schema) => Object.keys(schema.shape));

/**
 * @throws inputError `bad-architecture` with the path of the first problem, or what `buildPlan`
 * throws for widths, groups and shortcuts that do not fit together at any input size
 */
export function parseArchitecture(json: unknown): ArchitectureSpec {
  const parsed = ArchitectureSpec.safeParse(json);
  if (!parsed.success) {
    const { path, sentence } = describeIssue(parsed.error, {
      value: json,
      document: 'The architecture',
      fields,
    });
    throw badArchitecture(path, sentence);
  }
  const spec = parsed.data;
  refuseSettingsWithoutEffect(spec);
  // Channels do not depend on the image's size, so one plan of any size proves them all.
  buildPlan(spec, { input: { height: 32, width: 32, channels: 3 }, classes: 2 });
  return spec;
}

/**
 * The same network without shortcuts: the control of every claim about residual learning. What needs
 * shortcuts goes with them.
 */
export function plainTwin(spec: ArchitectureSpec): ArchitectureSpec {
  const twin: ArchitectureSpec = {
    ...spec,
    name: spec.shortcut === 'none' ? spec.name : `${spec.name} (plain)`.slice(0, 80),
    shortcut: 'none',
    zeroInitLastScale: false,
  };
  delete twin.merge;
  delete twin.sampling;
  return twin;
}

function refuseSettingsWithoutEffect(spec: ArchitectureSpec): void {
  for (const key of conditionalFields) {
    const value = valueOf(spec, key);
    const reason = withoutEffect(key, spec);
    if (reason === undefined || value === undefined || value === defaults[key]) continue;
    const given = typeof value === 'number' ? ` ${value}` : '';
    throw badArchitecture(key, `${key}${given} ${reason}`);
  }
}

/** What a field says when it says nothing; those not listed are then absent. */
const defaults: Readonly<Record<string, unknown>> = {
  'block.baseWidth': 64,
  'block.expansion': 4,
  zeroInitLastScale: false,
};

function valueOf(document: object, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], document);
}

function badArchitecture(path: string, sentence: string): AppError {
  return inputError('bad-architecture', sentence, { path });
}
