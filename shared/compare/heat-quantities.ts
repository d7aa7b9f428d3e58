// Which per-unit series can be put side by side as heat maps, and what they are called. Data only.

export interface HeatQuantity {
  readonly series: string;
  readonly title: string;
  readonly symbol: string;
}

export const RESPONSES = 'conv/response-deviation';

export const HEAT_QUANTITIES: readonly HeatQuantity[] = [
  { series: 'block/gradient-norm', title: 'gradient norm', symbol: '‖g‖' },
  { series: 'block/input-gradient-norm', title: 'gradient at the input', symbol: '‖dL/dx‖' },
  { series: 'block/update-ratio', title: 'gradient to weight ratio', symbol: '‖g‖/‖w‖' },
  { series: 'block/weight-norm', title: 'weight norm', symbol: '‖w‖' },
  { series: RESPONSES, title: 'response deviation', symbol: 'σ' },
];
