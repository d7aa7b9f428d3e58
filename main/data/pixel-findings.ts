// What decoding noted of a dataset's images, as findings: damaged files that were decoded all the same,
// transparent pixels and the ground behind them, 16-bit images and the window that they call for.
import {
  LARGEST_SAMPLE,
  OLD_PIXEL_RULES,
  windowOf,
  windowText,
  type PixelRules,
} from '../../shared/spec/pixel-rules.ts';
import type { Split, SplitName } from './dataset.ts';
import {
  damageOf,
  depthGroups,
  hasNote,
  proposedWindow,
  type DepthGroup,
  type ImageNotes,
} from './image-notes.ts';

export interface NotedImage {
  readonly split: SplitName;
  readonly index: number;
  readonly label: number;
  readonly source: string;
}

/** A file that is damaged and was decoded. */
export interface DamagedImage extends NotedImage {
  /** A part of a sentence: `has no end mark`. */
  readonly reason: string;
}

export interface DepthFinding {
  /** 16-bit images. */
  readonly count: number;
  /** The smallest and the largest sample of them all. */
  readonly low: number;
  readonly high: number;
  readonly groups: readonly DepthGroup[];
  /** `full` or `LOW..HIGH`: what is black and white. */
  readonly rule: string;
  /** Images with samples outside of that, which are clipped. */
  readonly clipped: number;
  /** `LOW..HIGH`, where the full range leaves most of the levels unused. */
  readonly proposed: string | undefined;
  /** Images within what is proposed. */
  readonly fitting: number;
}

export interface PixelFindings {
  readonly damaged: readonly DamagedImage[];
  readonly transparent: readonly NotedImage[];
  /** What is behind transparent pixels; `none` shows the colours that they hide. */
  readonly ground: string;
  readonly depth: DepthFinding | undefined;
  /** Files with more pictures than the first, which alone is read. */
  readonly severalPictures: readonly SeveralPictures[];
}

export interface SeveralPictures {
  readonly source: string;
  /** Behind the first. */
  readonly further: number;
}

export function pixelFindings(splits: readonly Split[], rules: PixelRules): PixelFindings {
  const damaged: DamagedImage[] = [];
  const transparent: NotedImage[] = [];
  const deep: ImageNotes[] = [];
  const severalPictures: SeveralPictures[] = [];
  for (const split of splits) {
    for (let index = 0; index < split.count; index++) {
      const notes = split.notesOf(index);
      const { further } = notes;
      if (further > 0) severalPictures.push({ source: split.sourceOf(index), further });
      if (notes.kinds === 0) continue;
      if (hasNote(notes, 'sixteen-bit')) deep.push(notes);
      const reason = damageOf(notes);
      const isTransparent = hasNote(notes, 'transparent');
      if (reason === undefined && !isTransparent) continue;
      const label = split.labels[index] ?? 0;
      const image = { split: split.name, index, label, source: split.sourceOf(index) };
      if (isTransparent) transparent.push(image);
      if (reason !== undefined) damaged.push({ ...image, reason });
    }
  }
  const ground = rules.ground ?? OLD_PIXEL_RULES.ground;
  return { damaged, transparent, ground, depth: depthFinding(deep, rules), severalPictures };
}

function depthFinding(
  deep: readonly ImageNotes[],
  { depth }: PixelRules,
): DepthFinding | undefined {
  if (deep.length === 0) return undefined;
  const groups = depthGroups(deep);
  const window = windowOf(depth);
  const { low, high } = window ?? { low: 0, high: LARGEST_SAMPLE };
  const proposed = window === undefined ? proposedWindow(groups) : undefined;
  return {
    count: deep.length,
    low: deep.reduce((least, notes) => Math.min(least, notes.low), LARGEST_SAMPLE),
    high: deep.reduce((most, notes) => Math.max(most, notes.high), 0),
    groups,
    rule: window === undefined ? OLD_PIXEL_RULES.depth : windowText(window),
    clipped: deep.filter((notes) => notes.low < low || notes.high > high).length,
    proposed: proposed && windowText(proposed),
    fitting: deep.filter((notes) => proposed !== undefined && notes.high <= proposed.high).length,
  };
}

/** What changes what a network sees, a sentence each. */
export function pixelSentences({
  damaged,
  transparent,
  ground,
  depth,
  severalPictures,
}: PixelFindings): string[] {
  const sentences: string[] = [];
  if (depth?.proposed !== undefined) {
    sentences.push(
      `${depth.count} images of 16 bits use only ${depth.low}…${depth.high} of 0…${LARGEST_SAMPLE}, so they are nearly of one shade; data.depth=${depth.proposed} shows them.`,
    );
  }
  if (depth !== undefined && depth.rule !== 'full' && depth.clipped > 0) {
    const reach = depth.clipped === 1 ? 'image reaches' : 'images reach';
    sentences.push(
      `${depth.clipped} ${reach} beyond data.depth=${depth.rule} and lose what is there.`,
    );
  }
  if (transparent.length > 0) {
    const have = transparent.length === 1 ? 'image has' : 'images have';
    sentences.push(
      `${transparent.length} ${have} transparent pixels; ${ground === 'none' ? 'alpha is ignored' : `behind them is ${ground}`} (data.ground).`,
    );
  }
  if (damaged.length > 0) {
    const [first] = damaged;
    const are = damaged.length === 1 ? 'damaged file is' : 'damaged files are';
    sentences.push(
      `${damaged.length} ${are} used all the same (data.damaged), e.g. ${first?.source} ${first?.reason}.`,
    );
  }
  const [several] = severalPictures;
  if (several !== undefined) {
    const count = severalPictures.reduce((sum, { further }) => sum + further, 0);
    const are = count === 1 ? 'page or frame' : 'pages and frames';
    const example = `${severalPictures.length === 1 ? '' : 'e.g. '}${several.source} (${several.further})`;
    sentences.push(
      `${count} further ${are} of ${severalPictures.length === 1 ? '1 file' : `${severalPictures.length} files`} ${count === 1 ? 'is' : 'are'} not used, because only the first picture of a file is read: ${example}.`,
    );
  }
  return sentences;
}
