// The series that a training writes: accuracies of a classifier, the loss's two terms of an autoencoder.
import type { SeriesDescription } from './point-buffer.ts';

export const SERIES = {
  trainLoss: { name: 'train/loss', unit: 'nats' },
  trainAccuracy: { name: 'train/accuracy', unit: 'fraction' },
  trainReconstruction: { name: 'train/reconstruction', unit: 'nats' },
  trainDivergence: { name: 'train/divergence', unit: 'nats' },
  rate: { name: 'train/rate', unit: '' },
  lossScale: { name: 'train/loss-scale', unit: '' },
  skippedSteps: { name: 'train/skipped-steps', unit: 'steps' },
  valLoss: { name: 'val/loss', unit: 'nats' },
  valAccuracy: { name: 'val/accuracy', unit: 'fraction' },
  valTop5: { name: 'val/top5', unit: 'fraction' },
  valReconstruction: { name: 'val/reconstruction', unit: 'nats' },
  valDivergence: { name: 'val/divergence', unit: 'nats' },
  gradientNorm: { name: 'block/gradient-norm', unit: '' },
  weightNorm: { name: 'block/weight-norm', unit: '' },
  updateRatio: { name: 'block/update-ratio', unit: '' },
  inputGradientNorm: { name: 'block/input-gradient-norm', unit: '' },
  response: { name: 'conv/response-deviation', unit: '' },
} as const satisfies Record<string, SeriesDescription>;
