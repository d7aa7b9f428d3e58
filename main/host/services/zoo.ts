// Architectures: what is registered, and what a spec costs. Pure, so answers are computed on the spot.
import type { NetworkOutline } from '../../../shared/contract/app/zoo.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { parseArchitecture } from '../../zoo/parse-architecture.ts';
import { convolutionNames, unitNames, type BlockPlan, type NetworkPlan } from '../../zoo/plan.ts';
import { isTestNetwork, listArchitectures } from '../../zoo/registry.ts';
import { summarize, type NetworkSummary, type Totals } from '../../zoo/summary.ts';
import type { AppHandlers, HandlersOf } from './handlers.ts';

type Listed = Awaited<ReturnType<AppHandlers['zoo.list']>>;

export function createZooService(): HandlersOf<'zoo'> {
  let listed: Listed | undefined;
  return {
    'zoo.list': () => Promise.resolve((listed ??= { architectures: listAll() })),
    'zoo.outline': ({ spec: json, input, classes }) => {
      const spec = parseArchitecture(json);
      const plan = buildPlan(spec, { input, classes });
      return Promise.resolve({ spec, outline: outlineOf(plan) });
    },
  };
}

/** The stories in a browser choose networks that train in seconds, as a user chooses any. */
const SHOWS_TEST_NETWORKS = process.env['RESNET_LAB_TEST_NETWORKS'] === '1';

function listAll(): Listed['architectures'] {
  return listArchitectures()
    .filter((entry) => !isTestNetwork(entry) || SHOWS_TEST_NETWORKS)
    .map(({ name, title, family, citation, input, classes, spec }) => {
      const { depth, parameters, macs } = summarize(buildPlan(spec, { input, classes }));
      return {
        ...{ name, title, family, classes, depth, parameters, macs, spec },
        citation: `${citation.paper}, arXiv ${citation.arxiv}, ${citation.where}`,
        input: { ...input },
      };
    });
}

export function outlineOf(plan: NetworkPlan): NetworkOutline {
  const summary = summarize(plan);
  return {
    ...totalsOf(summary),
    depth: summary.depth,
    stages: summary.stages.map((stage) => ({
      ...totalsOf(stage),
      name: stage.name,
      blocks: stage.blocks,
      output: { ...stage.output },
    })),
    blocks: blocksOf(plan, summary),
    units: unitNames(plan),
    convolutions: convolutionNames(plan),
  };
}

function totalsOf(totals: Totals): Totals {
  const { parameters, statistics, macs, activationBytesPerExample, receptiveField } = totals;
  return { parameters, statistics, macs, activationBytesPerExample, receptiveField };
}

function blocksOf(plan: NetworkPlan, { layers }: NetworkSummary): NetworkOutline['blocks'] {
  const sums = new Map<string, { parameters: number; macs: number }>();
  for (const { unit, parameters, macs } of layers) {
    const sum = sums.get(unit) ?? { parameters: 0, macs: 0 };
    sums.set(unit, { parameters: sum.parameters + parameters, macs: sum.macs + macs });
  }
  // A decoder's stages come after the encoder's.
  const behind = plan.spec.stages.length;
  const decoder = plan.decoder?.blocks ?? [];
  const blocks = [
    ...plan.blocks,
    ...decoder.map((block) => ({ ...block, stage: behind + block.stage })),
  ];
  return blocks.map((block) => ({
    name: block.name,
    stage: block.stage,
    gate: block.gate,
    input: { ...block.input },
    output: { ...block.output },
    branch: describeBranch(block),
    shortcut: block.shortcut.kind,
    merge: block.merge.kind,
    survival: block.survival,
    ...(sums.get(block.name) ?? { parameters: 0, macs: 0 }),
  }));
}

/** `1×1 64 → 3×3 64 → 1×1 256`; dilation and what is no convolution where there is any. */
function describeBranch({ branch }: BlockPlan): string {
  return branch
    .flatMap((layer) => {
      if (layer.op === 'squeeze-excitation') return ['squeeze-excitation'];
      if (layer.op === 'transposed-conv') {
        return [
          `${layer.kernel}×${layer.kernel} ${layer.output.channels} transposed ×${layer.stride}`,
        ];
      }
      if (layer.op !== 'conv') return [];
      const spread = layer.dilation === 1 ? '' : ` dilated ${layer.dilation}`;
      return [`${layer.kernel}×${layer.kernel} ${layer.output.channels}${spread}`];
    })
    .join(' → ');
}
