// Studies and probes: what there is, what one would cost, one that is under way, measurements of a run.
import { z } from 'zod';
import { command, query, subscription } from '../../rpc/definition.ts';
import { Finding } from '../findings.ts';
import { PROBE_KINDS, ProbeSpec } from '../probes.ts';
import { StudyAbout, StudyCost, StudyDetail, StudyRow, StudySetting } from '../studies.ts';
import { Nothing, RunId } from './common.ts';

const StudyId = z.object({ id: z.string() });
const Asked = z.object({ name: z.string(), setting: StudySetting });

/** A measurement of a run as it is shown. */
export const ProbeRow = z.object({
  kind: z.enum(PROBE_KINDS),
  spec: ProbeSpec,
  other: z.string().nullable(),
  /** Null: of the weights that the run starts with. */
  step: z.int().nullable(),
  /** Of the weights that stand for the run now. */
  isCurrent: z.boolean(),
  at: z.string(),
  elapsedMs: z.number(),
  finding: Finding,
});

const ProbeKindAbout = z.object({
  kind: z.enum(PROBE_KINDS),
  title: z.string(),
  question: z.string(),
  paper: z.string(),
});

export const studies = {
  'studies.catalog': query(
    Nothing,
    z.object({ studies: z.array(StudyAbout), quickData: z.string() }),
  ),
  'studies.list': query(Nothing, z.object({ studies: z.array(StudyRow) })),
  'studies.get': query(StudyId, StudyDetail),
  /** Opens the data; fails with the sentence of what does not fit. */
  'studies.cost': query(Asked, StudyCost),
  'studies.start': command(Asked, StudyId),
  'studies.pause': command(StudyId, Nothing),
  'studies.resume': command(StudyId, Nothing),
  /** Its runs stay. */
  'studies.delete': command(StudyId, Nothing),
  /** An id whenever something about a study has changed, at most once a second each. */
  'studies.events': subscription(Nothing, StudyId),
  'probes.list': query(
    z.object({ run: RunId }),
    z.object({ kinds: z.array(ProbeKindAbout), probes: z.array(ProbeRow) }),
  ),
  /** Resolves when it is measured; whoever no longer waits takes it back, if nobody else does. */
  'probes.run': command(
    z.object({ run: RunId, probe: ProbeSpec, other: RunId.optional() }),
    Nothing,
  ),
} as const;

export type ProbeRow = z.output<typeof ProbeRow>;
