// Where the window was and how large, so that it comes back there, unless the display it was on is
// gone. Pure but for the two functions that touch the file. A missing or damaged file is no error.
import fs from 'node:fs';
import { z } from 'zod';

const Bounds = z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() });

const WindowState = z.object({ bounds: Bounds, isMaximized: z.boolean() });

export type Bounds = z.output<typeof Bounds>;
export type WindowState = z.output<typeof WindowState>;

export interface Placement {
  readonly width: number;
  readonly height: number;
  /** Absent: in the middle of the main display. */
  readonly x?: number;
  readonly y?: number;
  readonly isMaximized: boolean;
}

export const smallestSize = { width: 960, height: 640 };
const usualSize = { width: 1440, height: 900 };
/** So much of the window must be on a display, to be seen and dragged by its title bar. */
const visiblePx = 120;

/** Displays are given by their work areas, the main one first. */
export function placeWindow(
  state: WindowState | undefined,
  workAreas: readonly Bounds[],
): Placement {
  const main = workAreas[0];
  const isMaximized = state?.isMaximized ?? false;
  const wanted = state?.bounds;
  const area =
    wanted === undefined ? undefined : workAreas.find((candidate) => isOn(wanted, candidate));
  if (wanted === undefined || area === undefined) {
    return { ...fitting(wanted ?? usualSize, main), isMaximized };
  }
  return { x: wanted.x, y: wanted.y, ...fitting(wanted, area), isMaximized };
}

/** Its title bar is inside the area, and enough of it to be taken hold of. */
function isOn(bounds: Bounds, area: Bounds): boolean {
  const visibleWidth =
    Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x);
  const isTopInside = bounds.y >= area.y && bounds.y + visiblePx <= area.y + area.height;
  return visibleWidth >= visiblePx && isTopInside;
}

function fitting(
  size: { readonly width: number; readonly height: number },
  area: Bounds | undefined,
): { width: number; height: number } {
  const fit = (wanted: number, smallest: number, available = Infinity): number =>
    Math.max(smallest, Math.min(wanted, available));
  return {
    width: fit(size.width, smallestSize.width, area?.width),
    height: fit(size.height, smallestSize.height, area?.height),
  };
}

export function readWindowState(file: string): WindowState | undefined {
  try {
    return WindowState.safeParse(JSON.parse(fs.readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

export function writeWindowState(file: string, state: WindowState): void {
  fs.writeFileSync(file, JSON.stringify(state));
}
