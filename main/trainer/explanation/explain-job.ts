// Why a network says what it says of an image: Grad-CAM, occlusion, or the image block by block. Networks and
// recorded programs stay between questions, as those of classify-job.ts.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inputError } from '../../../shared/errors.ts';
import type { Explained, ExplainMethod } from '../../../shared/contract/explanations.ts';
import type { ExplainJob } from '../../../shared/contract/trainer.ts';
import type { ProbedNetwork } from '../../studies/probe/context.ts';
import { inferenceOf, kept, openShown, sentImage, type ShownNetwork } from '../classify-job.ts';
import type { HostLink } from '../host-link.ts';
import { isFiniteRow } from '../../../shared/calibration/logits.ts';
import { probabilitiesOf, readImage, type NetworkImage } from '../image-classes.ts';
import { readNetwork } from '../inference.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import type { NetworkPlan } from '../../zoo/plan.ts';
import { BlockActivity } from './block-activity.ts';
import { ClassActivation, mappedUnits } from './class-activation.ts';
import { occlusionMap } from './occlusion.ts';

const OCCLUSION_BATCH = 16;

export async function runExplainJob(job: ExplainJob, host: HostLink): Promise<Explained> {
  const shown = await openShown(job.weights);
  const plan = buildPlan(shown.source.architecture, {
    input: shown.input,
    classes: shown.source.classCount,
  });
  const image = await readImage(sentImage(job.image), shown);
  const logits = await (await inferenceOf(shown, 1)).logits(1, () => Promise.resolve(image.values));
  if (!isFiniteRow(logits)) {
    throw inputError(
      'logits-not-finite',
      'The network has no answer for this image: its logits are NaN or infinite, so there is nothing to explain. Look at the weights of the run.',
    );
  }
  const probabilities = Float32Array.from(probabilitiesOf(logits));
  const common = {
    input: { ...shown.input },
    pixels: image.pixels,
    classes: classNames(shown),
    probabilities,
    units: mappedUnits(plan).map(({ name }) => name),
  };
  const explanation = await explain(job.method, { shown, plan, image, probabilities, host });
  return { ...common, explanation };
}

interface Question {
  readonly shown: ShownNetwork;
  readonly plan: NetworkPlan;
  readonly image: NetworkImage;
  readonly probabilities: Float32Array;
  readonly host: HostLink;
}

async function explain(
  method: ExplainMethod,
  question: Question,
): Promise<Explained['explanation']> {
  const { shown, plan, image } = question;
  switch (method.kind) {
    case 'grad-cam': {
      const unit = unitOf(plan, method.unit);
      const target = targetOf(question, method.target);
      const program = await kept.get(`${shown.key} grad-cam`, async () => ({
        program: new ClassActivation(await probedNetwork(shown)),
        bytes: 2 * shown.bytes,
      }));
      return { kind: 'grad-cam', unit, target, ...program.map(image.values, { unit, target }) };
    }
    case 'occlusion': {
      const { patch, stride } = method;
      const target = targetOf(question, method.target);
      const inference = await inferenceOf(shown, OCCLUSION_BATCH);
      const { height, width } = shown.input;
      const values = await occlusionMap(inference, image.values, {
        ...{ input: shown.input, patch, stride, target },
        report: (done, total) => reportPatches(question.host, done, total),
      });
      return { kind: 'occlusion', target, patch, stride, height, width, values };
    }
    case 'blocks': {
      const program = await kept.get(`${shown.key} blocks`, async () => ({
        program: new BlockActivity(await probedNetwork(shown)),
        bytes: shown.bytes,
      }));
      return { kind: 'blocks', units: program.of(image.values) };
    }
  }
}

async function reportPatches(host: HostLink, done: number, total: number): Promise<void> {
  await host.send({
    kind: 'preparing',
    message: `Hiding patch ${done} of ${total}`,
    fraction: done / total,
  });
  await nextTurn();
  if (host.stopRequested) throw inputError('stopped', 'The explanation was stopped.');
}

async function probedNetwork({
  source,
  input,
  normalization,
}: ShownNetwork): Promise<ProbedNetwork> {
  return { ...(await readNetwork(source, input)), normalization };
}

function classNames({ classes, source }: ShownNetwork): string[] {
  return Array.from({ length: source.classCount }, (_, i) => classes?.[i] ?? `class ${i}`);
}

/** The last block, where nothing else is asked for. @throws inputError `no-such-unit` */
function unitOf(plan: NetworkPlan, asked: string | undefined): string {
  const names = mappedUnits(plan).map(({ name }) => name);
  const unit = asked ?? names.at(-1);
  if (unit !== undefined && names.includes(unit)) return unit;
  throw inputError(
    'no-such-unit',
    `The network has no unit ${asked ?? ''}; it has ${names[0] ?? ''} and blocks from ${names[1] ?? ''} to ${names.at(-1) ?? ''}.`,
  );
}

/** The most likely class, where nothing else is asked for. @throws inputError `no-such-class` */
function targetOf({ probabilities, shown }: Question, asked: string | undefined): number {
  if (asked === undefined) return probabilities.indexOf(Math.max(...probabilities));
  const target = classNames(shown).indexOf(asked);
  if (target >= 0) return target;
  const some = classNames(shown).slice(0, 5).join(', ');
  throw inputError('no-such-class', `The network knows no class ${asked}; it knows ${some}, …`);
}
