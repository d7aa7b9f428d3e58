// The same spec and seed give the same network: several times uninterrupted, and killed at random moments.
import path from 'node:path';
import { createRng } from '../../../shared/rng.ts';
import type { Attack, Context, Finding, Outcome } from '../attack.ts';
import { complaintAbout, run, type ProductOptions } from '../product.ts';
import { differences, fingerprintOf, type Fingerprint } from './fingerprint.ts';
import { drawKills, trainWithKills, type Kill } from './kill.ts';
import { PRETRAINING, VARIANTS, type Variant } from './variants.ts';

export const bitExact: readonly Attack[] = VARIANTS.map((variant, index) => ({
  part: 'bit-exact',
  name: `spec-${index + 1}`,
  title: variant.name,
  run: (context) => attack(variant, index, context),
}));

async function attack(variant: Variant, index: number, context: Context): Promise<Outcome> {
  const count = Math.min(VARIANTS.length, context.sizes.variants);
  if (index >= count) return { cases: 0, findings: [] };
  const options = productOptions(variant, context.folder);
  const started = await withWeights(variant, options);
  if ('problem' in started) return { cases: 1, findings: [finding(variant, started.problem)] };
  return compareTrainings(started, { options, index, count, context });
}

interface Place {
  readonly options: ProductOptions;
  readonly index: number;
  readonly count: number;
  readonly context: Context;
}

async function compareTrainings(variant: Variant, place: Place): Promise<Outcome> {
  const { options, index, count, context } = place;
  const { sizes, seed, note } = context;
  const findings: Finding[] = [];
  const first = await trainOnce(options, variant);
  if ('problem' in first) return { cases: 1, findings: [finding(variant, first.problem)] };
  let cases = 1;
  for (let repeat = 1; repeat < sizes.repeats; repeat++) {
    const again = await trainOnce(options, variant);
    cases += 1;
    if ('problem' in again) findings.push(finding(variant, again.problem));
    else
      findings.push(
        ...compared(variant, first.print, again.print, `uninterrupted run ${repeat + 1}`),
      );
  }
  // The remainder goes to the first ones.
  const share = Math.floor(sizes.kills / count) + (index < sizes.kills % count ? 1 : 0);
  const rng = createRng(seed, `kills ${index}`);
  const recoveries: number[] = [];
  let left = share;
  let hits = 0;
  // A training is over after a few kills, so they are spread over several; one that hits nothing is the last.
  while (left > 0) {
    const killed = await trainWithKills(
      options,
      variant.args,
      drawKills(Math.min(left, 6), rng),
      rng,
    );
    cases += killed.kills.length;
    hits += killed.kills.length;
    recoveries.push(...killed.recoveriesMs);
    note(`${variant.name}: ${hits} of ${share} kills`);
    if (killed.problem !== undefined) findings.push(finding(variant, killed.problem));
    else {
      const print = fingerprintOf(options.home, killed.id);
      findings.push(...compared(variant, first.print, print, wordsFor(killed.kills)));
    }
    if (killed.kills.length === 0) break;
    left -= killed.kills.length;
  }
  return {
    cases,
    findings,
    ...(recoveries.length === 0 ? {} : { longestRecoveryMs: Math.max(...recoveries) }),
    notes: [`${sizes.repeats} uninterrupted, ${hits} kills`],
  };
}

/** The variant with the weights that it starts from, where it wants any. */
async function withWeights(
  variant: Variant,
  options: ProductOptions,
): Promise<Variant | { readonly problem: string }> {
  if (variant.startsFromWeights !== true) return variant;
  const folder = path.join(options.home, 'pretrained');
  const trained = await run(options, [...PRETRAINING, '--json']);
  if (trained.exitCode !== 0)
    return { problem: `No weights to start from: ${trained.stdout}${trained.stderr}` };
  const { id } = JSON.parse(trained.stdout) as { readonly id: string };
  const exported = await run(options, ['export', id, '--format', 'pytorch', '--out', folder]);
  if (exported.exitCode !== 0) return { problem: `No weights to start from: ${exported.stderr}` };
  const weights = path.join(folder, 'model.safetensors');
  return { ...variant, args: [...variant.args, '--weights', weights] };
}

function productOptions(variant: Variant, folder: string): ProductOptions {
  return {
    home: folder,
    env: variant.isStreamed === true ? { RESNET_LAB_RESIDENT_BYTES: '0' } : {},
  };
}

async function trainOnce(
  options: ProductOptions,
  variant: Variant,
): Promise<{ readonly print: Fingerprint } | { readonly problem: string }> {
  const ended = await run(options, [...variant.args, '--json']);
  const complaint = complaintAbout(ended);
  if (complaint !== undefined) return { problem: complaint };
  if (ended.exitCode !== 0) return { problem: `It was refused: ${ended.stdout}` };
  const { id } = JSON.parse(ended.stdout) as { readonly id: string };
  return { print: fingerprintOf(options.home, id) };
}

function compared(
  variant: Variant,
  expected: Fingerprint,
  found: Fingerprint,
  what: string,
): readonly Finding[] {
  const names = differences(expected, found);
  return names.length === 0
    ? []
    : [finding(variant, `After ${what} these differ: ${names.join(', ')}.`)];
}

function wordsFor(kills: readonly Kill[]): string {
  return (
    kills.map(({ victim, moment }) => `${victim} killed while ${moment}`).join(', ') || 'no kill'
  );
}

function finding(variant: Variant, problem: string): Finding {
  const env = variant.isStreamed === true ? 'RESNET_LAB_RESIDENT_BYTES=0 ' : '';
  const args = variant.args.map((arg) => (/^[\w.:/-]+$/.test(arg) ? arg : `'${arg}'`)).join(' ');
  return { problem, reproduction: `${env}resnet-lab ${args}` };
}
