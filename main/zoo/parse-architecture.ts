// JSON of unknown shape → validated spec. Beyond the schema it refuses settings that would have no
// effect, because two specs that differ only in one of them would compare as different networks.
import { inputError, type AppError } from '../../shared/errors.ts';
import {
  ArchitectureSpec,
  BlockSpec,
  StageSpec,
  StemSpec,
} from '../../shared/spec/architecture.ts';
import { describeIssue } from '../../shared/spec/issue-sentence.ts';
import { buildPlan } from './build-plan.ts';

const fields = [ArchitectureSpec, StemSpec, StageSpec, BlockSpec].flatMap((schema) =>
  Object.keys(schema.shape),
);

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
 * The same network without shortcuts: the control of every claim about residual learning. A zero
 * initial scale goes too, since without shortcuts nothing would pass it.
 */
export function plainTwin(spec: ArchitectureSpec): ArchitectureSpec {
  return {
    ...spec,
    name: spec.shortcut === 'none' ? spec.name : `${spec.name} (plain)`.slice(0, 80),
    shortcut: 'none',
    zeroInitLastScale: false,
  };
}

function refuseSettingsWithoutEffect({ block, shortcut, zeroInitLastScale }: ArchitectureSpec) {
  if (zeroInitLastScale && shortcut === 'none') {
    throw badArchitecture(
      'zeroInitLastScale',
      'zeroInitLastScale needs shortcuts: without them no signal would pass a block that starts at 0; set it to false or choose shortcut A, B or C.',
    );
  }
  if (zeroInitLastScale && block.order === 'full-preactivation') {
    throw badArchitecture(
      'zeroInitLastScale',
      'zeroInitLastScale has no meaning with full pre-activation, whose branches end in a convolution, not in a batch norm; set it to false.',
    );
  }
  if (block.kind !== 'basic') return;
  if (block.baseWidth !== 64) {
    throw badArchitecture(
      'block.baseWidth',
      `block.baseWidth ${block.baseWidth} has no effect on a basic block; leave it out, or set the stages' widths or widthMultiplier.`,
    );
  }
  if (block.expansion !== 4) {
    throw badArchitecture(
      'block.expansion',
      `block.expansion ${block.expansion} has no effect on a basic block, whose output is as wide as its stage; leave it out.`,
    );
  }
}

function badArchitecture(path: string, sentence: string): AppError {
  return inputError('bad-architecture', sentence, { path });
}
