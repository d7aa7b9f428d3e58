// The probes that can be run on any run, with what each asks and how its answer reads. Pure: what measures
// is in the trainer.
import type { Finding } from '../../shared/contract/findings.ts';
import type { ProbeKind, ProbeValues } from '../../shared/contract/probes.ts';
import { findCollapse } from './collapse/findings.ts';
import { findInitialization } from './initialization/findings.ts';
import { findLandscape } from './landscape/findings.ts';
import { findLesions } from './lesions/findings.ts';
import { findPathLengths } from './path-lengths/findings.ts';
import { findResponses } from './responses/findings.ts';
import { findCorrectness } from './seeds/findings.ts';
import { findSimilarity } from './similarity/findings.ts';

export interface Measurement {
  readonly kind: ProbeKind;
  readonly title: string;
  readonly question: string;
  readonly paper: string;
}

export const MEASUREMENTS: readonly Measurement[] = [
  {
    kind: 'lesions',
    title: 'Lesions',
    question: 'What happens to the error when blocks are removed or swapped?',
    paper: 'Veit et al. 2016, arXiv 1605.06431',
  },
  {
    kind: 'path-lengths',
    title: 'Path lengths',
    question: 'By paths of how many blocks does the gradient reach the input?',
    paper: 'Veit et al. 2016, arXiv 1605.06431',
  },
  {
    kind: 'responses',
    title: 'Layer responses',
    question: 'How much does each layer change what it is given?',
    paper: 'He et al. 2015, arXiv 1512.03385',
  },
  {
    kind: 'initialization',
    title: 'At initialization',
    question: 'How deep is the network before it is trained?',
    paper: 'De & Smith 2020, arXiv 2002.10444',
  },
  {
    kind: 'similarity',
    title: 'Representation similarity',
    question: 'Which layers compute the same?',
    paper: 'Kornblith et al. 2019, arXiv 1905.00414',
  },
  {
    kind: 'landscape',
    title: 'Loss landscape',
    question: 'Is the loss around the weights a bowl?',
    paper: 'Li et al. 2018, arXiv 1712.09913',
  },
  {
    kind: 'collapse',
    title: 'Neural collapse',
    question: 'Do the features of a class become one point?',
    paper: 'Papyan et al. 2020, arXiv 2008.08186',
  },
  {
    kind: 'correctness',
    title: 'Correct examples',
    question: 'Which images are classified correctly?',
    paper: 'Jordan 2023, arXiv 2304.01910',
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
    case 'correctness':
      return findCorrectness(values);
  }
}
