// What else differs between groups besides what is under study: data, length, recipe, seeds, code,
// machine. Pure. Only the first kind makes a comparison unfair; the second is worth knowing.
import { historySentence } from '../contract/run-history-text.ts';
import type { ComparedRun } from './compared-run.ts';
import { formatQuantity } from '../format.ts';
import { metricsOf } from './measure.ts';
import { countsInMeans } from './condition.ts';
import { fieldName, inSentence } from '../spec/field-name.ts';
import { seedsOf, specOfGroup, type RunGroup } from './groups.ts';
import { differenceSentence, differencesOf } from './difference-text.ts';

export interface Concern {
  readonly kind:
    | 'family'
    | 'data'
    | 'length'
    | 'recipe'
    | 'precision'
    | 'several'
    | 'network'
    | 'weights'
    | 'split'
    | 'seeds'
    | 'code'
    | 'runtime'
    | 'history'
    | 'left-out'
    | 'evaluations'
    | 'imported';
  /** False: it may matter, but doesn't make the comparison unfair by itself. */
  readonly isUnfair: boolean;
  readonly sentence: string;
}

/** `architecture`, `recipe`, or one path such as `recipe.schedule.rate`. */
export type Study = string;

const LENGTH = 'recipe.length';
const PRECISION = 'recipe.precision';
const AREAS = ['architecture', 'recipe', 'data', 'weights'] as const;

/** What the groups seem to be about: the first part of the spec that differs, to one field if it is one. */
export function guessStudy(groups: readonly RunGroup[]): Study {
  const paths = pathsThatDiffer(groups);
  const area = AREAS.find((name) => paths.some((path) => isWithin(path, name)));
  if (area === undefined) return 'architecture';
  const all = paths.filter((path) => isWithin(path, area));
  // A longer training is a larger budget before it is anything else.
  const ofChoice = all.filter((path) => !isWithin(path, LENGTH));
  const inside = ofChoice.length > 0 ? ofChoice : all;
  const [only] = inside;
  if (only === undefined) return area;
  return inside.length === 1 ? only : inside === all && isWithin(only, LENGTH) ? LENGTH : area;
}

/** What can be chosen as under study: whole areas and the fields that differ. */
export function studyChoices(groups: readonly RunGroup[]): Study[] {
  const paths = pathsThatDiffer(groups);
  const areas = AREAS.filter((area) => paths.some((path) => isWithin(path, area)));
  return [...new Set<Study>([guessStudy(groups), ...areas, ...paths])];
}

export function concernsOf(groups: readonly RunGroup[], study: Study): Concern[] {
  if (groups.length < 2) return [];
  const concerns: Concern[] = [];
  const add = (kind: Concern['kind'], isUnfair: boolean, sentence: string): void => {
    concerns.push({ kind, isUnfair, sentence });
  };
  const all = groups.flatMap(({ members }) => members.map(({ run }) => run));
  const foreign = all.filter(({ spec }) => spec === null);
  if (foreign.length > 0) {
    const names = foreign.map(({ run }) => run.name).join(', ');
    add(
      'imported',
      true,
      `Data, network and recipe of ${names} are not known, because ${foreign.length === 1 ? 'it was' : 'they were'} imported; whether anything else differs can't be said.`,
    );
  }
  const runs = all.filter(({ spec }) => spec !== null);
  addFamilies(runs, add);
  const fingerprints = new Set(runs.map(({ run }) => run.dataFingerprint));
  if (fingerprints.size > 1 && !isWithin('data', study)) {
    const short = [...fingerprints].map((text) => text.slice(0, 8)).join(', ');
    add('data', true, `They were trained on different data (fingerprints ${short}).`);
  }
  const differences = new Map(
    differencesOf(groups.filter(isOfOurs).map(specOf)).map((one) => [one.path, one] as const),
  );
  const differing = [...differences.keys()];
  const others = differing.filter((path) => !isStudied(path, study));
  const described = (paths: readonly string[]): string =>
    paths
      .flatMap((path) => differences.get(path) ?? [])
      .map(differenceSentence)
      .join('; ');
  const within = (area: string): string[] => others.filter((path) => isWithin(path, area));
  const lengths = within(LENGTH);
  if (lengths.length > 0)
    add('length', true, `They were trained for different lengths: ${described(lengths)}.`);
  // Said by what was computed in, which a recipe may leave to the device.
  const recipe = within('recipe').filter((path) => !lengths.includes(path) && path !== PRECISION);
  if (recipe.length > 0) add('recipe', true, `Their recipes differ: ${described(recipe)}.`);
  const precisions = new Set(runs.map(({ runtime }) => runtime.precision));
  if (precisions.size > 1 && !isWithin(PRECISION, study)) {
    const said = [...precisions].join(' against ');
    add('precision', true, `They computed in different precisions: ${said}.`);
  }
  const network = within('architecture');
  if (network.length > 0) add('network', true, `Their networks differ: ${described(network)}.`);
  const data = within('data').filter((path) => path !== 'data.source' || fingerprints.size > 1);
  if (data.length > 0) add('split', true, `Their data settings differ: ${described(data)}.`);
  const weights = within('weights');
  if (weights.length > 0)
    add('weights', true, `They start from different weights: ${described(weights)}.`);
  const studied = differing.filter((path) => isStudied(path, study));
  if (studied.length > 1) {
    add(
      'several',
      false,
      groups.length === 2
        ? `${studied.length} fields of the ${inSentence(fieldName(study))} differ at once, and a difference can't be put down to one of them: ${described(studied)}.`
        : `Several fields of the ${inSentence(fieldName(study))} differ (${described(studied)}); where two variants differ in more than one, a difference can't be put down to one of them.`,
    );
  }
  addSteps(groups, lengths.length > 0 || isWithin(study, LENGTH), add);
  addSeeds(groups, add);
  addEvaluations(groups, lengths.length > 0, add);
  for (const note of historyNotes(runs)) add('history', false, note);
  const leftOut = groups.flatMap(({ members }) =>
    members.filter(({ condition }) => !countsInMeans(condition)),
  );
  if (leftOut.length > 0) {
    const ids = leftOut.map(({ run }) => `${run.run.name}, seed ${run.run.seed}`).join('; ');
    add(
      'left-out',
      false,
      `${leftOut.length === 1 ? 'One run' : `${leftOut.length} runs`} did not finish and ${leftOut.length === 1 ? 'is' : 'are'} in no mean: ${ids}.`,
    );
  }
  const versions = new Set(runs.map(({ run }) => run.codeVersion));
  if (versions.size > 1)
    add(
      'code',
      false,
      `They were made by different versions of the program (${[...versions].join(', ')}).`,
    );
  const places = new Set(
    runs.map(
      ({ runtime: { tensorflow, device, machine } }) =>
        `TensorFlow ${tensorflow} on ${device}, ${machine}`,
    ),
  );
  if (places.size > 1)
    add(
      'runtime',
      false,
      `They ran in different places, so times and memory can't be compared: ${[...places].join('; ')}.`,
    );
  return concerns;
}

/** A run that went back or was extended was not trained like one from first step to last. */
export function historyNotes(runs: readonly ComparedRun[]): string[] {
  return runs.flatMap(({ run: { name, seed, history = [] } }) =>
    history.map((entry) => `${name}, seed ${seed}, ${historySentence(entry)}.`),
  );
}

type Add = (kind: Concern['kind'], isUnfair: boolean, sentence: string) => void;

/** Whatever is under study: a loss in nats of one family says nothing beside that of another. */
function addFamilies(runs: readonly ComparedRun[], add: Add): void {
  const decoders = runs.map(({ spec }) => spec?.architecture.decoder);
  const mirrors = decoders.filter((decoder) => decoder?.kind === 'mirror');
  if (mirrors.length > 0 && mirrors.length < runs.length) {
    add(
      'family',
      true,
      `${formatQuantity(mirrors.length, 'run is an autoencoder', 'runs are autoencoders')} and ${formatQuantity(runs.length - mirrors.length, 'run is a classifier', 'runs are classifiers')}: one loss is of images rebuilt, the other of classes named, so they can't be compared.`,
    );
  }
  const likelihoods = new Set(mirrors.map(({ likelihood }) => JSON.stringify(likelihood)));
  if (likelihoods.size > 1) {
    add(
      'family',
      true,
      'Their likelihoods differ, and with them what a loss in nats measures, so the losses can’t be compared.',
    );
  }
}

/** Equal epochs of unequal data or batches are unequal budgets. */
function addSteps(groups: readonly RunGroup[], isSaid: boolean, add: Add): void {
  if (isSaid) return;
  const images = groups.map(({ members }) => {
    const first = members[0]?.run;
    return first?.spec ? first.run.totalSteps * first.spec.recipe.batch : 0;
  });
  const [low, high] = [Math.min(...images), Math.max(...images)];
  if (low > 0 && high > low * 1.02) {
    add('length', true, `They see different numbers of images in training (${images.join(', ')}).`);
  }
}

function addSeeds(groups: readonly RunGroup[], add: Add): void {
  const seeds = groups.map((group) => seedsOf(group).join(', '));
  if (new Set(seeds).size === 1) return;
  const said = groups.map(({ label }, i) => `${label}: ${seeds[i] ?? ''}`).join('; ');
  add(
    'seeds',
    false,
    `They did not run the same seeds (${said}); only shared seeds can be paired.`,
  );
}

/** A best of more looks is a better best. */
function addEvaluations(groups: readonly RunGroup[], isSaid: boolean, add: Add): void {
  if (
    isSaid ||
    !metricsOf(groups.flatMap(({ members }) => members.map(({ run }) => run))).includes(
      'val/accuracy',
    )
  )
    return;
  const counts = groups.map(({ members }) =>
    Math.max(
      0,
      ...members.flatMap(({ run }) =>
        run.metrics.filter(({ name }) => name === 'val/accuracy').map(({ points }) => points),
      ),
    ),
  );
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  if (low > 0 && high > low * 1.5) {
    add(
      'evaluations',
      false,
      `They were evaluated ${counts.join(', ')} times; the best of more evaluations is higher by chance.`,
    );
  }
}

function isOfOurs({ members }: RunGroup): boolean {
  return members.every(({ run }) => run.spec !== null);
}

function specOf(group: RunGroup): unknown {
  const first = group.members[0]?.run;
  return first === undefined ? {} : specOfGroup(first.spec);
}

function pathsThatDiffer(groups: readonly RunGroup[]): string[] {
  return differencesOf(groups.filter(isOfOurs).map(specOf)).map(({ path }) => path);
}

/** Whoever studies all of the recipe does not mean its length: a budget is named or it is unfair. */
function isStudied(path: string, study: Study): boolean {
  // A field of a choice that differs as a whole, in an older report.
  if (isWithin(study, path)) return true;
  return isWithin(path, study) && (!isWithin(path, LENGTH) || isWithin(study, LENGTH));
}

function isWithin(path: string, area: string): boolean {
  return path === area || path.startsWith(`${area}.`);
}
