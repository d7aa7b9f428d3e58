// The probes that can be run on any run, with what each asks and how its answer reads. Pure: what measures
// is in the trainer.
import type { Finding } from '../../shared/contract/findings.ts';
import type { ProbeKind, ProbeValues } from '../../shared/contract/probes.ts';
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import type { Family } from '../../shared/spec/autoencoder.ts';
import { findCollapse } from './collapse/findings.ts';
import { findGates } from './highway-gates/findings.ts';
import { hasGates } from './highway-gates/gated.ts';
import { findInitialization } from './initialization/findings.ts';
import { findLandscape } from './landscape/findings.ts';
import { findLesions } from './lesions/findings.ts';
import { findPathLengths } from './path-lengths/findings.ts';
import { findPictures } from './pictures/findings.ts';
import { findResponses } from './responses/findings.ts';
import { findCorrectness } from './seeds/findings.ts';
import { findSimilarity } from './similarity/findings.ts';

export interface Measurement {
  readonly kind: ProbeKind;
  readonly title: string;
  readonly question: string;
  readonly paper: string;
  /** The networks that it can be asked of. */
  readonly family: Family;
  /** What it needs besides, as the end of a sentence; left out: nothing. */
  readonly needs?: {
    readonly what: string;
    readonly isIn: (architecture: ArchitectureSpec) => boolean;
  };
}

/** `architecture`: undefined where the run's settings can't be read. */
export function canMeasure(
  { family, needs }: Measurement,
  run: { readonly family: Family; readonly architecture: ArchitectureSpec | undefined },
): boolean {
  if (run.family !== family) return false;
  return needs === undefined || (run.architecture !== undefined && needs.isIn(run.architecture));
}

export function measurementOf(kind: ProbeKind): Measurement {
  const found = MEASUREMENTS.find((measurement) => measurement.kind === kind);
  if (!found) throw new Error(`There is no measurement ${kind}.`);
  return found;
}

export const MEASUREMENTS: readonly Measurement[] = [
  {
    kind: 'lesions',
    title: 'Lesions',
    question: 'What happens to the error when blocks are removed or swapped?',
    paper: 'Veit et al. 2016, arXiv 1605.06431',
    family: 'classifier',
  },
  {
    kind: 'path-lengths',
    title: 'Path lengths',
    question: 'By paths of how many blocks does the gradient reach the input?',
    paper: 'Veit et al. 2016, arXiv 1605.06431',
    family: 'classifier',
  },
  {
    kind: 'responses',
    title: 'Layer responses',
    question: 'How much does each layer change what it is given?',
    paper: 'He et al. 2015, arXiv 1512.03385',
    family: 'classifier',
  },
  {
    kind: 'initialization',
    title: 'At initialization',
    question: 'How deep is the network before it is trained?',
    paper: 'De & Smith 2020, arXiv 2002.10444',
    family: 'classifier',
  },
  {
    kind: 'similarity',
    title: 'Representation similarity',
    question: 'Which layers compute the same?',
    paper: 'Kornblith et al. 2019, arXiv 1905.00414',
    family: 'classifier',
  },
  {
    kind: 'landscape',
    title: 'Loss landscape',
    question: 'Is the loss around the weights a bowl?',
    paper: 'Li et al. 2018, arXiv 1712.09913',
    family: 'classifier',
  },
  {
    kind: 'collapse',
    title: 'Neural collapse',
    question: 'Do the features of a class become one point?',
    paper: 'Papyan et al. 2020, arXiv 2008.08186',
    family: 'classifier',
  },
  {
    kind: 'gates',
    title: 'Gates',
    question: 'How far do learned gates open, by block and by class?',
    paper: 'Srivastava et al. 2015, arXiv 1505.00387',
    family: 'classifier',
    needs: {
      what: 'gates, such as highway20 or any network with merge.kind=highway',
      isIn: hasGates,
    },
  },
  {
    kind: 'correctness',
    title: 'Correct examples',
    question: 'Which images are classified correctly?',
    paper: 'Jordan 2023, arXiv 2304.01910',
    family: 'classifier',
  },
  {
    kind: 'pictures',
    title: 'Pictures',
    question: 'What does the autoencoder rebuild, and what does it make up?',
    paper: 'Kingma & Welling 2013, arXiv 1312.6114',
    family: 'autoencoder',
  },
];

export function findingOf(values: ProbeValues): Finding {
  switch (values.kind) {
    case 'lesions':
      return findLesions(values);
    case 'path-lengths':
      return findPathLengths(values);
    case 'responses':
      return findResponses(values);
    case 'initialization':
      return findInitialization(values);
    case 'similarity':
      return findSimilarity(values);
    case 'landscape':
      return findLandscape(values);
    case 'collapse':
      return findCollapse(values);
    case 'gates':
      return findGates(values);
    case 'correctness':
      return findCorrectness(values);
    case 'pictures':
      return findPictures(values);
  }
}
