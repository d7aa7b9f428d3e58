// Every named network, found by its name or by another common spelling of it.
import { inputError } from '../../shared/errors.ts';
import { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { closestNames } from '../../shared/spec/closest.ts';
import type { Architecture } from './architecture.ts';
import { activationOrderResnets } from './families/activation-orders.ts';
import { residualAutoencoders } from './families/autoencoders.ts';
import { cifarResnets } from './families/cifar-resnet.ts';
import { gatedNets } from './families/gated.ts';
import { imagenetResnets } from './families/imagenet.ts';
import { miniNets } from './families/mini.ts';
import { preactivationResnets } from './families/preactivation.ts';
import { sampledResnets } from './families/sampled.ts';
import { wideResnets } from './families/wide.ts';
import { wideResnet38 } from './families/wide-38.ts';

const architectures: readonly Architecture[] = [
  ...cifarResnets,
  ...preactivationResnets,
  ...activationOrderResnets,
  ...gatedNets,
  ...sampledResnets,
  ...wideResnets,
  ...wideResnet38,
  ...imagenetResnets,
  ...residualAutoencoders,
  ...miniNets,
].map((entry) => ({
  ...entry,
  spec: ArchitectureSpec.parse({ ...entry.spec, name: entry.name }),
}));

const byKey = new Map(architectures.map((entry) => [keyOf(entry.name), entry]));

/** Networks that nobody trains for what they learn: the tests compare their numbers with PyTorch's. */
export function isTestNetwork({ family }: Pick<Architecture, 'family'>): boolean {
  return family === 'mini';
}

/** All of them, small test networks last. */
export function listArchitectures(): readonly Architecture[] {
  return architectures;
}

/** `ResNet-20`, `resnet_20` and `WRN28-10` are found too. */
export function findArchitecture(name: string): Architecture | undefined {
  return byKey.get(keyOf(name));
}

/** @throws inputError `unknown-architecture`, naming what is close */
export function getArchitecture(name: string): Architecture {
  const found = findArchitecture(name);
  if (found !== undefined) return found;
  const close = closestNames(keyOf(name), [...byKey.keys()]).map((key) => byKey.get(key)?.name);
  const hint = close.length > 0 ? `Close to it: ${close.join(', ')}. ` : '';
  throw inputError(
    'unknown-architecture',
    `There is no architecture called "${name}". ${hint}\`resnet-lab zoo list\` shows them all.`,
    { path: 'arch', details: { given: name, close } },
  );
}

/** What spellings of one name have in common: letters and digits, with the usual synonyms. */
function keyOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^pre-?act(?:ivation)?(?=resnet)/, 'pre')
    .replace(/^wideresnet(?=(?:16|22|28|40)\d)/, 'wrn');
}
