// Where the names of points go in a picture: beside their points, over no other name, no point and, where there is
// another place, no line; further off with a line to it where it is crowded. Pure.

export interface LabelledPoint {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

export interface LabelPlace {
  readonly x: number;
  /** Of the baseline. */
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
  /** From the point to the name, where the name does not stand beside it. */
  readonly leader?: readonly [x: number, y: number];
}

export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A straight line in the picture, from one end to the other. */
export type Segment = readonly [x1: number, y1: number, x2: number, y2: number];

/** Average width of a letter at 12 pixels. */
const LETTER_PX = 6.4;
const ASCENT_PX = 10;
const DESCENT_PX = 3;
const POINT_PX = 6;
/** How far above and below a point its name may stand. */
const SHIFTS = [0, 16, 30, 44, 60, 78] as const;

/** One for each point; undefined for a point without a name and where there is no room. */
export function labelPlaces(
  points: readonly LabelledPoint[],
  area: Area,
  lines: readonly Segment[] = [],
): readonly (LabelPlace | undefined)[] {
  const taken: Area[] = points.map(({ x, y }) => ({
    ...{ left: x - POINT_PX, right: x + POINT_PX, top: y - POINT_PX, bottom: y + POINT_PX },
  }));
  return points.map((point) => {
    if (point.label === '') return undefined;
    const widthPx = point.label.length * LETTER_PX;
    const free = candidates(point)
      .map((place) => ({ place, box: boxOf(place, widthPx) }))
      .filter(({ box }) => isInside(box, area) && !taken.some((other) => overlaps(box, other)));
    const best = free.find(({ box }) => !lines.some((line) => crosses(line, box))) ?? free[0];
    if (best === undefined) return undefined;
    taken.push(best.box);
    return best.place;
  });
}

function isInside(box: Area, area: Area): boolean {
  return (
    box.left >= area.left &&
    box.right <= area.right &&
    box.top >= area.top &&
    box.bottom <= area.bottom
  );
}

/** By the part of the line that is left when each side of the box has cut it (Liang and Barsky 1984). */
function crosses([x1, y1, x2, y2]: Segment, box: Area): boolean {
  let [from, to] = [0, 1];
  for (const [step, room] of [
    [x1 - x2, x1 - box.left],
    [x2 - x1, box.right - x1],
    [y1 - y2, y1 - box.top],
    [y2 - y1, box.bottom - y1],
  ] as const) {
    if (step === 0 && room < 0) return false;
    if (step < 0) from = Math.max(from, room / step);
    if (step > 0) to = Math.min(to, room / step);
  }
  return from <= to;
}

function candidates({ x, y }: LabelledPoint): LabelPlace[] {
  return SHIFTS.flatMap((shift): LabelPlace[] =>
    (shift === 0 ? [0] : [-shift, shift]).flatMap((dy): LabelPlace[] => {
      const baseline = y + dy + (dy === 0 ? -POINT_PX - 1 : 4);
      const leader = Math.abs(dy) > 16 ? { leader: [x, y + dy] as const } : {};
      return [
        { x: x + 9, y: baseline, anchor: 'start', ...leader },
        { x: x - 9, y: baseline, anchor: 'end', ...leader },
        ...(dy === 0 ? [] : [{ x, y: baseline, anchor: 'middle' as const, ...leader }]),
      ];
    }),
  );
}

function boxOf({ x, y, anchor }: LabelPlace, widthPx: number): Area {
  const left = anchor === 'start' ? x : anchor === 'end' ? x - widthPx : x - widthPx / 2;
  return { left, right: left + widthPx, top: y - ASCENT_PX, bottom: y + DESCENT_PX };
}

function overlaps(a: Area, b: Area): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
