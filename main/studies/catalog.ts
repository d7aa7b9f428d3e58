// Every study by its name. A new one is a folder and a line here. Pure.
import { StudyAbout } from '../../shared/contract/studies.ts';
import { inputError } from '../../shared/errors.ts';
import { closestNames } from '../../shared/spec/closest.ts';
import { activationOrder } from './activation-order/study.ts';
import { autoencoders } from './autoencoders/study.ts';
import { collapse } from './collapse/study.ts';
import { degradation } from './degradation/study.ts';
import { effectivePaths } from './effective-paths/study.ts';
import { highwayGates } from './highway-gates/study.ts';
import { initialization } from './initialization/study.ts';
import { landscape } from './landscape/study.ts';
import { lesions } from './lesions/study.ts';
import { pathLengths } from './path-lengths/study.ts';
import { layerResponses } from './responses/study.ts';
import { seeds } from './seeds/study.ts';
import { shortcuts } from './shortcuts/study.ts';
import { similarity } from './similarity/study.ts';
import { stochasticDepth } from './stochastic-depth/study.ts';
import type { Study } from './study.ts';
import { widerOrDeeper } from './wider-or-deeper/study.ts';

export const STUDIES: readonly Study[] = [
  degradation,
  lesions,
  pathLengths,
  effectivePaths,
  stochasticDepth,
  highwayGates,
  layerResponses,
  landscape,
  shortcuts,
  activationOrder,
  widerOrDeeper,
  similarity,
  initialization,
  collapse,
  autoencoders,
  seeds,
];

/** What is told of each: all but how it works. */
export function aboutStudies(): StudyAbout[] {
  return STUDIES.map((study) => StudyAbout.parse(study));
}

/** @throws inputError `no-such-study` */
export function getStudy(name: string): Study {
  const found = STUDIES.find((study) => study.name === name);
  if (found !== undefined) return found;
  const names = STUDIES.map((study) => study.name);
  const [meant] = closestNames(name, names);
  throw inputError(
    'no-such-study',
    `There is no study "${name}".${meant === undefined ? '' : ` Did you mean ${meant}?`} There are: ${names.join(', ')}.`,
    { details: { given: name } },
  );
}
