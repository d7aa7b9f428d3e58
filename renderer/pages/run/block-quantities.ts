// What the block heat map can show: the series, its name, and whether its columns are units or
// convolutions. Pure data.

export type QuantityKey = 'gradient' | 'ratio' | 'input' | 'response';

export interface Quantity {
  readonly key: QuantityKey;
  readonly series: string;
  /** On the switch and along the colour bar. */
  readonly symbol: string;
  readonly title: string;
  readonly explanation: string;
  readonly columns: 'units' | 'convolutions';
}

export const QUANTITIES: readonly [Quantity, ...Quantity[]] = [
  {
    key: 'gradient',
    series: 'block/gradient-norm',
    symbol: '‖g‖',
    title: 'Gradient norm',
    explanation: 'Euclidean norm of the gradient of each unit’s parameters.',
    columns: 'units',
  },
  {
    key: 'ratio',
    series: 'block/update-ratio',
    symbol: '‖g‖/‖w‖',
    title: 'Gradient to weight ratio',
    explanation: 'Gradient norm of a unit relative to the norm of its parameters.',
    columns: 'units',
  },
  {
    key: 'input',
    series: 'block/input-gradient-norm',
    symbol: '‖dL/dx‖',
    title: 'Gradient at the input',
    explanation: 'Norm of the gradient of the loss with respect to each unit’s input.',
    columns: 'units',
  },
  {
    key: 'response',
    series: 'conv/response-deviation',
    symbol: 'σ(response)',
    title: 'Response deviation',
    explanation:
      'Standard deviation of each convolution’s response after batch norm (He et al. 2015, figure 7).',
    columns: 'convolutions',
  },
];
