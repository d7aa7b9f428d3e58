// What else differs between groups besides what is under study: data, length, recipe, seeds, code,
// machine. Pure. Only the first kind makes a comparison unfair; the second is worth knowing.
import { historySentence } from '../contract/run-history-text.ts';
import type { ComparedRun } from './compared-run.ts';
import { formatQuantity } from '../format.ts';
import { metricsOf } from './measure.ts';
import { countsInMeans } from './condition.ts';
import { fieldName, inSentence } from '../spec/field-name.ts';
import { seedsOf, specOfGroup, type RunGroup } from './groups.ts';
import { differenceSentence, differencesOf, type SettingDifference } from './difference-text.ts';

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
const VAL_ACCURACY = 'val/accuracy';
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
  const facts = factsOf(groups, study);
  return CHECKS.flatMap((check) => check(facts));
}

/** What the checks look at. */
interface Facts {
  readonly groups: readonly RunGroup[];
  readonly study: Study;
  /** Of this program: an imported run has no spec. */
  readonly runs: readonly ComparedRun[];
  /** All settings in which the groups differ, by path. */
  readonly differences: ReadonlyMap<string, SettingDifference>;
  /** Of the data. */
  readonly fingerprints: ReadonlySet<string>;
}

type Check = (facts: Facts) => readonly Concern[];

function factsOf(groups: readonly RunGroup[], study: Study): Facts {
  const ofOurs = differencesOf(groups.filter(isOfOurs).map(specOf));
  const runs = allRuns(groups).filter(({ spec }) => spec !== null);
  return {
    ...{ groups, study, runs },
    differences: new Map(ofOurs.map((one) => [one.path, one])),
    fingerprints: new Set(runs.map(({ run }) => run.dataFingerprint)),
  };
}

const unfair = (kind: Concern['kind'], sentence: string): Concern[] => [
  { kind, isUnfair: true, sentence },
];
const worthKnowing = (kind: Concern['kind'], sentence: string): Concern[] => [
  { kind, isUnfair: false, sentence },
];

/** In the order in which they are told. */
const CHECKS: readonly Check[] = [
  imported,
  families,
  data,
  lengths,
  recipes,
  precisions,
  networks,
  dataSettings,
  startingWeights,
  severalFields,
  imagesSeen,
  seeds,
  evaluations,
  ({ runs }) => historyNotes(runs).flatMap((note) => worthKnowing('history', note)),
  leftOut,
  versions,
  places,
];

/** A run that went back or was extended was not trained like one from first step to last. */
export function historyNotes(runs: readonly ComparedRun[]): string[] {
  return runs.flatMap(({ run: { name, seed, history = [] } }) =>
    history.map((entry) => `${name}, seed ${seed}, ${historySentence(entry)}.`),
  );
}

function imported({ groups }: Facts): Concern[] {
  const foreign = allRuns(groups).filter(({ spec }) => spec === null);
  if (foreign.length === 0) return [];
  const names = foreign.map(({ run }) => run.name).join(', ');
  return unfair(
    'imported',
    `Data, network and recipe of ${names} are not known, because ${foreign.length === 1 ? 'it was' : 'they were'} imported; whether anything else differs can't be said.`,
  );
}

/** Whatever is under study: a loss in nats of one family says nothing beside that of another. */
function families({ runs }: Facts): Concern[] {
  const decoders = runs.map(({ spec }) => spec?.architecture.decoder);
  const mirrors = decoders.filter((decoder) => decoder?.kind === 'mirror');
  const classifiers = runs.length - mirrors.length;
  const likelihoods = new Set(mirrors.map(({ likelihood }) => JSON.stringify(likelihood)));
  return [
    ...(mirrors.length > 0 && classifiers > 0
      ? unfair(
          'family',
          `${formatQuantity(mirrors.length, 'run is an autoencoder', 'runs are autoencoders')} and ${formatQuantity(classifiers, 'run is a classifier', 'runs are classifiers')}: one loss is of images rebuilt, the other of classes named, so they can't be compared.`,
        )
      : []),
    ...(likelihoods.size > 1
      ? unfair(
          'family',
          'Their likelihoods differ, and with them what a loss in nats measures, so the losses can’t be compared.',
        )
      : []),
  ];
}

function data({ fingerprints, study }: Facts): Concern[] {
  if (fingerprints.size < 2 || isWithin('data', study)) return [];
  const short = [...fingerprints].map((text) => text.slice(0, 8)).join(', ');
  return unfair('data', `They were trained on different data (fingerprints ${short}).`);
}

function lengths(facts: Facts): Concern[] {
  return differing('length', 'They were trained for different lengths', facts, isOfLength);
}

function recipes(facts: Facts): Concern[] {
  return differing(
    'recipe',
    'Their recipes differ',
    facts,
    // Precision is said by what was computed in, which a recipe may leave to the device.
    (path) => isWithin(path, 'recipe') && !isOfLength(path) && path !== PRECISION,
  );
}

function precisions({ runs, study }: Facts): Concern[] {
  const found = new Set(runs.map(({ runtime }) => runtime.precision));
  if (found.size < 2 || isWithin(PRECISION, study)) return [];
  return unfair(
    'precision',
    `They computed in different precisions: ${[...found].join(' against ')}.`,
  );
}

function networks(facts: Facts): Concern[] {
  return differing('network', 'Their networks differ', facts, (path) =>
    isWithin(path, 'architecture'),
  );
}

/** Another place of the same data is no difference. */
function dataSettings(facts: Facts): Concern[] {
  return differing(
    'split',
    'Their data settings differ',
    facts,
    (path) => isWithin(path, 'data') && (path !== 'data.source' || facts.fingerprints.size > 1),
  );
}

function startingWeights(facts: Facts): Concern[] {
  return differing('weights', 'They start from different weights', facts, (path) =>
    isWithin(path, 'weights'),
  );
}

/** Settings with such a path that differ and are not under study. */
function differing(
  kind: Concern['kind'],
  sentence: string,
  { differences, study }: Facts,
  fits: (path: string) => boolean,
): Concern[] {
  const found = [...differences.values()].filter(
    ({ path }) => fits(path) && !isStudied(path, study),
  );
  return found.length === 0 ? [] : unfair(kind, `${sentence}: ${described(found)}.`);
}

function described(differences: readonly SettingDifference[]): string {
  return differences.map(differenceSentence).join('; ');
}

function severalFields({ groups, study, differences }: Facts): Concern[] {
  const studied = [...differences.values()].filter(({ path }) => isStudied(path, study));
  if (studied.length < 2) return [];
  const area = inSentence(fieldName(study));
  return worthKnowing(
    'several',
    groups.length === 2
      ? `${studied.length} fields of the ${area} differ at once, and a difference can't be put down to one of them: ${described(studied)}.`
      : `Several fields of the ${area} differ (${described(studied)}); where two variants differ in more than one, a difference can't be put down to one of them.`,
  );
}

/** Equal epochs of unequal data or batches are unequal budgets. */
function imagesSeen(facts: Facts): Concern[] {
  if (isLengthTold(facts) || isWithin(facts.study, LENGTH)) return [];
  const images = facts.groups.map(({ members }) => {
    const first = members[0]?.run;
    return first?.spec ? first.run.totalSteps * first.spec.recipe.batch : 0;
  });
  const [low, high] = [Math.min(...images), Math.max(...images)];
  if (!(low > 0 && high > low * 1.02)) return [];
  return unfair(
    'length',
    `They see different numbers of images in training (${images.join(', ')}).`,
  );
}

function seeds({ groups }: Facts): Concern[] {
  const lists = groups.map((group) => seedsOf(group).join(', '));
  if (new Set(lists).size === 1) return [];
  const named = groups.map(({ label }, i) => `${label}: ${lists[i] ?? ''}`).join('; ');
  return worthKnowing(
    'seeds',
    `They did not run the same seeds (${named}); only shared seeds can be paired.`,
  );
}

/** A best of more looks is a better best. */
function evaluations(facts: Facts): Concern[] {
  const { groups } = facts;
  if (isLengthTold(facts) || !metricsOf(allRuns(groups)).includes(VAL_ACCURACY)) return [];
  const counts = groups.map(({ members }) =>
    Math.max(
      0,
      ...members.flatMap(({ run }) =>
        run.metrics.filter(({ name }) => name === VAL_ACCURACY).map(({ points }) => points),
      ),
    ),
  );
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  if (!(low > 0 && high > low * 1.5)) return [];
  return worthKnowing(
    'evaluations',
    `They were evaluated ${counts.join(', ')} times; the best of more evaluations is higher by chance.`,
  );
}

function leftOut({ groups }: Facts): Concern[] {
  const left = groups.flatMap(({ members }) =>
    members.filter(({ condition }) => !countsInMeans(condition)),
  );
  if (left.length === 0) return [];
  const isOne = left.length === 1;
  const names = left.map(({ run }) => `${run.run.name}, seed ${run.run.seed}`).join('; ');
  return worthKnowing(
    'left-out',
    `${isOne ? 'One run' : `${left.length} runs`} did not finish and ${isOne ? 'is' : 'are'} in no mean: ${names}.`,
  );
}

function versions({ runs }: Facts): Concern[] {
  const found = new Set(runs.map(({ run }) => run.codeVersion));
  if (found.size < 2) return [];
  return worthKnowing(
    'code',
    `They were made by different versions of the program (${[...found].join(', ')}).`,
  );
}

function places({ runs }: Facts): Concern[] {
  const found = new Set(
    runs.map(
      ({ runtime: { tensorflow, device, machine } }) =>
        `TensorFlow ${tensorflow} on ${device}, ${machine}`,
    ),
  );
  if (found.size < 2) return [];
  return worthKnowing(
    'runtime',
    `They ran in different places, so times and memory can't be compared: ${[...found].join('; ')}.`,
  );
}

function isLengthTold(facts: Facts): boolean {
  return lengths(facts).length > 0;
}

function isOfLength(path: string): boolean {
  return isWithin(path, LENGTH);
}

function allRuns(groups: readonly RunGroup[]): ComparedRun[] {
  return groups.flatMap(({ members }) => members.map(({ run }) => run));
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
