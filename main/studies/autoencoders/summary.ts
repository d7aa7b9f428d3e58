// What losses by depth say about autoencoders. Pure.
import type {
  FigureSeries,
  FindingFigure,
  FindingTable,
  StudySummary,
} from '../../../shared/contract/findings.ts';
import { formatCount, formatDuration } from '../../../shared/format.ts';
import { summarize } from '../../../shared/stats/summary.ts';
import { finishedCount, publishedSeries, type FinishedRun } from '../comparison-summary.ts';
import { lossFigure } from '../loss-figure.ts';
import { findPictures } from '../pictures/findings.ts';
import { pointOf } from '../spread.ts';
import { measuredOf, outcomesByLabel, type Found, type StudyPlan } from '../study.ts';
import { isAbove, verdictOf } from '../verdict-rules.ts';

interface Published {
  readonly training: number;
  readonly validation: number;
}

/** Nats an image on CIFAR-10, by depth: a published write-up of residual variational autoencoders. */
const PUBLISHED: ReadonlyMap<number, Published> = new Map([
  [28, { training: 1790.4, validation: 1794.7 }],
  [40, { training: 1787.5, validation: 1795.7 }],
  [70, { training: 1784.8, validation: 1799 }],
  [100, { training: 1782.3, validation: 1804 }],
]);

type Losses = (runs: readonly FinishedRun[] | undefined) => number[];

const trainingLosses: Losses = (runs = []) =>
  runs.map(({ outcome }) => outcome.trainLoss).filter(Number.isFinite);
const validationLosses: Losses = (runs = []) =>
  runs.map(({ outcome }) => outcome.valLoss).filter(Number.isFinite);

export function summarizeAutoencoders(plan: StudyPlan, found: Found): StudySummary {
  const byLabel = outcomesByLabel(plan, found);
  const [shallow, deep] = [plan.runs[0]?.label ?? '', plan.runs.at(-1)?.label ?? ''];
  const at = (losses: Losses, label: string): number[] => losses(byLabel.get(label));
  const training = [at(trainingLosses, shallow), at(trainingLosses, deep)] as const;
  const validation = [at(validationLosses, shallow), at(validationLosses, deep)] as const;
  return {
    verdict: verdictOf(
      `Reproduced if the training loss of ${deep} is below that of ${shallow} and its lowest validation loss is above (95 % intervals of the differences).`,
      [isAbove(training[1], training[0]), isAbove(validation[0], validation[1])],
      {
        text: `From ${shallow} to ${deep}, in nats an image: training loss ${natsText(training[0])} → ${natsText(training[1])}, validation loss ${natsText(validation[0])} → ${natsText(validation[1])}.`,
        n: finishedCount(found),
      },
    ),
    sentences: [
      'The loss is the negative evidence lower bound of an image: what its reconstruction misses, and the divergence of its latent Gaussian from the standard normal one. Its size depends on the images, so published numbers for CIFAR-10 compare by their trend.',
      'A short training shows how fast a depth learns, not what it can reach: the published trend is that of trainings that ran until the validation loss fell no more.',
    ],
    figures: [
      depthFigure(plan, found),
      ...publishedFigure(plan),
      lossFigure(plan, found),
      ...pictureFigures(plan, found),
    ],
    tables: [lossTable(plan, found)],
  };
}

function depthFigure(plan: StudyPlan, found: Found): FindingFigure {
  const groups = [...outcomesByLabel(plan, found).values()];
  const line = (label: string, colour: number, losses: Losses): FigureSeries => ({
    ...{ label, colour, isDashed: colour === 1, isJoined: true },
    points: groups
      .map((runs) => pointOf(runs[0]?.place ?? 0, losses(runs), runs[0]?.label))
      .sort((a, b) => a.x - b.x),
  });
  return {
    kind: 'points',
    id: 'losses',
    title: 'Loss by depth',
    xTitle: 'Depth in layers',
    yTitle: 'Loss in nats an image',
    isLogX: false,
    isLogY: false,
    series: [line('Validation', 0, validationLosses), line('Training', 1, trainingLosses)],
  };
}

/** In a figure of its own: on other images the losses have another size. */
function publishedFigure({ runs }: StudyPlan): FindingFigure[] {
  if (!runs.some(({ place }) => PUBLISHED.has(place))) return [];
  const line = (label: string, colour: number, loss: keyof Published): FigureSeries =>
    publishedSeries(
      label,
      colour,
      [...PUBLISHED].map(([depth, losses]) => [depth, losses[loss]]),
    );
  return [
    {
      kind: 'points',
      id: 'published',
      title: 'Loss by depth as published, CIFAR-10',
      xTitle: 'Depth in layers',
      yTitle: 'Loss in nats an image',
      isLogX: false,
      isLogY: false,
      series: [line('Validation', 0, 'validation'), line('Training', 1, 'training')],
    },
  ];
}

function pictureFigures(plan: StudyPlan, found: Found): FindingFigure[] {
  return measuredOf(plan, found, 'pictures').flatMap(({ run, values }) =>
    findPictures(values).figures.map((figure) => ({
      ...figure,
      id: `${figure.id} of ${run.key}`,
      title: `${figure.title}: ${run.key}`,
    })),
  );
}

function lossTable(plan: StudyPlan, found: Found): FindingTable {
  const byLabel = outcomesByLabel(plan, found);
  const places = new Map(plan.runs.map(({ label, place }) => [label, place]));
  const hasPublished = [...places.values()].some((place) => PUBLISHED.has(place));
  return {
    title: 'Losses in nats an image, mean ± standard deviation over seeds',
    columns: [
      ...['Network', 'Parameters', 'Training loss', 'Lowest validation loss', 'Training time'],
      ...(hasPublished ? ['Paper, CIFAR-10 training', 'Paper, CIFAR-10 validation'] : []),
    ],
    rows: [...places].map(([label, place]) => {
      const runs = byLabel.get(label) ?? [];
      const [first] = runs;
      const time = summarize(runs.map(({ outcome }) => outcome.elapsedMs));
      const paper = PUBLISHED.get(place);
      return [
        label,
        first ? formatCount(first.outcome.parameters) : '',
        natsText(trainingLosses(runs)),
        natsText(validationLosses(runs)),
        time === undefined ? '' : formatDuration(time.mean),
        ...(hasPublished ? [publishedText(paper?.training), publishedText(paper?.validation)] : []),
      ];
    }),
  };
}

function publishedText(loss: number | undefined): string {
  return loss === undefined ? '' : loss.toFixed(1);
}

/** `1790.4 ± 0.8 (n = 3)` */
function natsText(values: readonly number[]): string {
  const summary = summarize(values);
  if (summary === undefined) return 'unknown';
  const { mean, deviation, n } = summary;
  const spread = deviation === null ? '' : ` ± ${deviation.toFixed(1)}`;
  return `${mean.toFixed(1)}${spread} (n = ${n})`;
}
