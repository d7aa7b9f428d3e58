// How much of a JPEG picture is in a file: counts the blocks whose entropy-coded data is there (ITU-T T.81,
// annex F; of progressive files the first scans, annex G, which show the whole picture coarsely). Decodes
// no values. For files that seem to be cut off; sound ones need no count.
import { endOfScan, isFrame, JPEG_END, JPEG_SCAN, nextSegment } from './jpeg-structure.ts';

export interface BlockCount {
  readonly there: number;
  readonly total: number;
}

interface Component {
  readonly id: number;
  readonly h: number;
  readonly v: number;
}

interface Frame {
  readonly isProgressive: boolean;
  readonly width: number;
  readonly height: number;
  readonly components: readonly Component[];
}

interface HuffmanTable {
  /** By code length 1 … 16: the largest code, or −1; and what to add to a code for its place in `values`. */
  readonly largest: Int32Array;
  readonly offset: Int32Array;
  readonly values: Buffer;
}

const BASELINE = 0xc0;
const EXTENDED = 0xc1;
const PROGRESSIVE = 0xc2;
const HUFFMAN_TABLES = 0xc4;
const RESTART_INTERVAL = 0xdd;
const COEFFICIENTS = 64;

/** Undefined for processes that are not counted (lossless, arithmetic). */
export function countJpegBlocks(bytes: Buffer): BlockCount | undefined {
  const tables = new Map<number, HuffmanTable>();
  let frame: Frame | undefined;
  let restartInterval = 0;
  let there = 0;
  let at = 2;
  for (;;) {
    const segment = nextSegment(bytes, at, true);
    if (segment === undefined || segment === 'damaged' || segment.end > bytes.length) break;
    const payload = bytes.subarray(segment.start, segment.end);
    at = segment.end;
    const { marker } = segment;
    if (marker === JPEG_END) break;
    if (marker === HUFFMAN_TABLES) readTables(payload, tables);
    else if (marker === RESTART_INTERVAL && payload.length >= 2) {
      restartInterval = payload.readUInt16BE(0);
    } else if (isFrame(marker)) {
      frame = readFrame(marker, payload);
      if (frame === undefined) return undefined;
    } else if (marker === JPEG_SCAN && frame !== undefined) {
      there += blocksOfScan(bytes.subarray(at), payload, { frame, tables, restartInterval });
      const end = endOfScan(bytes, at);
      if (end === undefined) break;
      at = end;
    }
  }
  if (frame === undefined) return undefined;
  const { components } = frame;
  return { there, total: components.reduce((sum, one) => sum + blocksOf(one, frame), 0) };
}

function readFrame(marker: number, payload: Buffer): Frame | undefined {
  if (marker !== BASELINE && marker !== EXTENDED && marker !== PROGRESSIVE) return undefined;
  const count = payload[5] ?? 0;
  if (count === 0 || payload.length < 6 + 3 * count) return undefined;
  const components = Array.from({ length: count }, (_, i) => {
    const factors = payload[7 + 3 * i] ?? 0;
    return { id: payload[6 + 3 * i] ?? 0, h: factors >> 4, v: factors & 15 };
  });
  if (components.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4)) return undefined;
  return {
    isProgressive: marker === PROGRESSIVE,
    height: payload.readUInt16BE(1),
    width: payload.readUInt16BE(3),
    components,
  };
}

function readTables(payload: Buffer, tables: Map<number, HuffmanTable>): void {
  let at = 0;
  while (at + 17 <= payload.length) {
    const key = payload[at] ?? 0;
    const largest = new Int32Array(17).fill(-1);
    const offset = new Int32Array(17);
    let code = 0;
    let place = 0;
    for (let length = 1; length <= 16; length++) {
      const count = payload[at + length] ?? 0;
      offset[length] = place - code;
      place += count;
      code += count;
      if (count > 0) largest[length] = code - 1;
      code <<= 1;
    }
    tables.set(key, { largest, offset, values: payload.subarray(at + 17, at + 17 + place) });
    at += 17 + place;
  }
}

/** Of a component: those of whole units where it is interleaved with others. */
function blocksOf(component: Component, frame: Frame): number {
  const units = unitsOf(frame);
  return frame.components.length === 1
    ? ownBlocks(component, frame)
    : units * component.h * component.v;
}

function unitsOf({ width, height, components }: Frame): number {
  const h = Math.max(...components.map((one) => one.h));
  const v = Math.max(...components.map((one) => one.v));
  return Math.ceil(width / (8 * h)) * Math.ceil(height / (8 * v));
}

function ownBlocks({ h, v }: Component, { width, height, components }: Frame): number {
  const mostH = Math.max(...components.map((one) => one.h));
  const mostV = Math.max(...components.map((one) => one.v));
  const columns = Math.ceil(Math.ceil((width * h) / mostH) / 8);
  return columns * Math.ceil(Math.ceil((height * v) / mostV) / 8);
}

interface ScanContext {
  readonly frame: Frame;
  readonly tables: ReadonlyMap<number, HuffmanTable>;
  readonly restartInterval: number;
}

/** 0 for the later scans of a progressive file. */
function blocksOfScan(data: Buffer, header: Buffer, context: ScanContext): number {
  const { frame, tables, restartInterval } = context;
  const count = header[0] ?? 0;
  if (header.length < 4 + 2 * count) return 0;
  const start = header[1 + 2 * count] ?? 0;
  const isRefining = (header[3 + 2 * count] ?? 0) >> 4 > 0;
  if (frame.isProgressive && (start > 0 || isRefining)) return 0;
  const parts = Array.from({ length: count }, (_, i) => {
    const component = frame.components.find(({ id }) => id === header[1 + 2 * i]);
    const chosen = header[2 + 2 * i] ?? 0;
    const dc = tables.get(chosen >> 4);
    const ac = tables.get(0x10 | (chosen & 15));
    if (component === undefined || dc === undefined) return undefined;
    if (ac === undefined && !frame.isProgressive) return undefined;
    return { component, dc, ac: frame.isProgressive ? undefined : ac };
  });
  const known = parts.filter((part) => part !== undefined);
  const [only] = known;
  if (only === undefined || known.length < count) return 0;
  const isAlone = count === 1;
  const units = isAlone ? ownBlocks(only.component, frame) : unitsOf(frame);
  const reader = createBitReader(data);
  let blocks = 0;
  for (let unit = 0; unit < units; unit++) {
    if (restartInterval > 0 && unit > 0 && unit % restartInterval === 0 && !reader.restart()) break;
    for (const { component, dc, ac } of known) {
      const inUnit = isAlone ? 1 : component.h * component.v;
      for (let i = 0; i < inUnit; i++) {
        if (!skipBlock(reader, dc, ac))
          return isAlone ? scaled(blocks, only.component, frame) : blocks;
        blocks++;
      }
    }
  }
  return isAlone ? scaled(blocks, only.component, frame) : blocks;
}

/** A component alone in its scan has no blocks beyond its edges: counted in whole units all the same. */
function scaled(blocks: number, component: Component, frame: Frame): number {
  return (blocks / ownBlocks(component, frame)) * blocksOf(component, frame);
}

/** False where the data ends, or says nothing that could be a block. */
function skipBlock(reader: BitReader, dc: HuffmanTable, ac: HuffmanTable | undefined): boolean {
  const category = reader.symbol(dc);
  if (category < 0 || !reader.skip(category)) return false;
  if (ac === undefined) return true;
  for (let k = 1; k < COEFFICIENTS; k++) {
    const symbol = reader.symbol(ac);
    if (symbol < 0) return false;
    const size = symbol & 15;
    const run = symbol >> 4;
    if (size === 0 && run !== 15) return true;
    k += run;
    if (k >= COEFFICIENTS || !reader.skip(size)) return false;
  }
  return true;
}

interface BitReader {
  /** −1 at the end of the data, or for a code that the table has not. */
  symbol(table: HuffmanTable): number;
  skip(bits: number): boolean;
  /** To behind the next restart mark; false if another thing comes first. */
  restart(): boolean;
}

function createBitReader(data: Buffer): BitReader {
  let at = 0;
  let byte = 0;
  let left = 0;
  const next = (): number => {
    if (left === 0) {
      const value = data[at];
      if (value === undefined) return -1;
      if (value === 0xff && data[at + 1] !== 0) return -1; // a marker, or the end
      at += value === 0xff ? 2 : 1;
      byte = value;
      left = 8;
    }
    left--;
    return (byte >> left) & 1;
  };
  return {
    symbol: ({ largest, offset, values }) => {
      let code = 0;
      for (let length = 1; length <= 16; length++) {
        const bit = next();
        if (bit < 0) return -1;
        code = (code << 1) | bit;
        if (code <= (largest[length] ?? -1)) return values[code + (offset[length] ?? 0)] ?? -1;
      }
      return -1;
    },
    skip: (bits) => {
      for (let i = 0; i < bits; i++) if (next() < 0) return false;
      return true;
    },
    restart: () => {
      left = 0;
      while (data[at] === 0xff && data[at + 1] === 0xff) at++;
      const mark = data[at + 1] ?? 0;
      if (data[at] !== 0xff || mark < 0xd0 || mark > 0xd7) return false;
      at += 2;
      return true;
    },
  };
}
