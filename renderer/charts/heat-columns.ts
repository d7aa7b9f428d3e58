// Which column of the heat map belongs to what: one per unit, or per convolution inside its unit's
// column, so that both stand under the same drawing of the network. Pure.
import type { HeatColumn, HeatStage } from './heat-paint.ts';

export function unitColumns(units: readonly string[]): HeatColumn[] {
  return units.map((name, i) => ({ name, from: i / units.length, to: (i + 1) / units.length }));
}

/** A unit's convolutions share its column evenly; a unit without any leaves it empty. */
export function convolutionColumns(
  units: readonly string[],
  convolutions: readonly string[],
): HeatColumn[] {
  const owners = convolutions.map((name) => ownerOf(name, units));
  return convolutions.map((name, i) => {
    const owner = owners[i] ?? 0;
    const siblings = owners.filter((other) => other === owner).length;
    const place = owners.slice(0, i).filter((other) => other === owner).length;
    const width = 1 / units.length;
    return {
      name,
      from: (owner + place / siblings) * width,
      to: (owner + (place + 1) / siblings) * width,
    };
  });
}

/**
 * Index of the unit a layer lies in: `layer1.0.conv2` in `layer1.0`; where none fits the first, or of a decoder's
 * layer, `decoder.conv`, the last.
 */
export function ownerOf(layer: string, units: readonly string[]): number {
  const owner = units.findIndex((unit) => layer === unit || layer.startsWith(`${unit}.`));
  if (owner === -1 && layer.startsWith('decoder.')) return units.length - 1;
  return Math.max(0, owner);
}

/** `stem`, `layer1` …, `head`: units with one name before the point stand together. */
export function stagesOf(units: readonly string[]): HeatStage[] {
  const stages: { name: string; from: number; to: number }[] = [];
  units.forEach((unit, i) => {
    const name = unit.split('.', 1)[0] ?? unit;
    const last = stages.at(-1);
    const to = (i + 1) / units.length;
    if (last?.name === name) last.to = to;
    else stages.push({ name, from: i / units.length, to });
  });
  return stages;
}
