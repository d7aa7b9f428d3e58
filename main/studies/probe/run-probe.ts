// Every probe by its kind. The trainer runs them; nothing else may import this file, as it loads TensorFlow.
import type { ProbeSpec, ProbeValues } from '../../../shared/contract/probes.ts';
import { probeCollapse } from '../collapse/probe.ts';
import { probeGates } from '../highway-gates/probe.ts';
import { probeInitialization } from '../initialization/probe.ts';
import { probeLandscape } from '../landscape/probe.ts';
import { probeLesions } from '../lesions/probe.ts';
import { probePathLengths } from '../path-lengths/probe.ts';
import { probePictures } from '../pictures/probe.ts';
import { probeResponses } from '../responses/probe.ts';
import { probeCorrectness } from '../seeds/probe.ts';
import { probeSimilarity } from '../similarity/probe.ts';
import type { ProbeContext } from './context.ts';

export async function runProbe(context: ProbeContext, spec: ProbeSpec): Promise<ProbeValues> {
  switch (spec.kind) {
    case 'lesions':
      return await probeLesions(context, spec);
    case 'path-lengths':
      return await probePathLengths(context, spec);
    case 'responses':
      return await probeResponses(context, spec);
    case 'initialization':
      return await probeInitialization(context, spec);
    case 'similarity':
      return await probeSimilarity(context, spec);
    case 'landscape':
      return await probeLandscape(context, spec);
    case 'collapse':
      return await probeCollapse(context, spec);
    case 'gates':
      return await probeGates(context, spec);
    case 'correctness':
      return await probeCorrectness(context, spec);
    case 'pictures':
      return await probePictures(context, spec);
  }
}
