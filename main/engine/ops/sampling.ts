// Moves the pixels of each image of a batch by an affine map of its own, with bilinear interpolation.
// Image bytes and indices stay in host memory; what reaches the device are the pixels of the batch.
import { tf, type Tensor } from '../tensorflow/library.ts';
import { declareConstant } from '../recording/recorder.ts';
import { onHost } from '../recording/placement.ts';
import { int, op, type } from '../tensorflow/op.ts';

/**
 * From places of the result to places of the source, in pixels from the image's middle:
 * x = xx · u + xy · v + x0, y = yx · u + yy · v + y0. Each [N, 1, 1] float32.
 */
export interface AffineMap {
  readonly xx: Tensor;
  readonly xy: Tensor;
  readonly x0: Tensor;
  readonly yx: Tensor;
  readonly yy: Tensor;
  readonly y0: Tensor;
}

/** First `inner`, then `outer`. */
export function composed(outer: AffineMap, inner: AffineMap): AffineMap {
  const row = (a: Tensor, b: Tensor, c: Tensor): [Tensor, Tensor, Tensor] => [
    tf.add(tf.mul(a, inner.xx), tf.mul(b, inner.yx)),
    tf.add(tf.mul(a, inner.xy), tf.mul(b, inner.yy)),
    tf.add(tf.add(tf.mul(a, inner.x0), tf.mul(b, inner.y0)), c),
  ];
  const [xx, xy, x0] = row(outer.xx, outer.xy, outer.x0);
  const [yx, yy, y0] = row(outer.yx, outer.yy, outer.y0);
  return { xx, xy, x0, yx, yy, y0 };
}

/** Reads pixels at the places of a map; places outside get `outside`, one value per channel. */
export interface Sampler {
  /** images [N, H, W, C] uint8 → [N, H, W, C] float32 in [0, 1]. */
  images(images: Tensor, outside: readonly number[]): Tensor;
  /** One picture [H · W, C] float32 for all images → [N, H, W, C]. */
  picture(picture: Tensor, outside: readonly number[]): Tensor;
}

/** Images [N, H, W, C] and whatever moves with them. */
export function samplerOf(map: AffineMap, shape: readonly number[]): Sampler {
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  const rows = onHost(() => placesOf(map, height, width));
  // Along the row first, then across: a sum of all four at once would become one AddN, which begins with
  // whichever input's memory is free by then, and the last bit would differ from time to time.
  const inside = alongAndAcross(rows, ({ share }) => share);
  const withOutside = (values: Tensor, outside: readonly number[]): Tensor => {
    const fill = tf.tensor1d(declareConstant(new Float32Array(outside)), 'float32');
    return tf.add(values, tf.mul(tf.sub(1, inside), fill));
  };
  return {
    images: (images, outside) => {
      const read = onHost(() => {
        const flat = op('Reshape', { T: type('uint8'), Tshape: type('int32') }, [
          images,
          tf.tensor1d([batch * height * width, channels], 'int32'),
        ]);
        const start = tf.tensor3d(
          declareConstant(Int32Array.from({ length: batch }, (_, n) => n * height * width)),
          [batch, 1, 1],
          'int32',
        );
        return rows.map(({ share, pixels }) => ({
          share,
          pixels: pixels.map((pixel) => ({
            share: pixel.share,
            values: gatherPixels(flat, tf.add(start, pixel.place), 'uint8'),
          })),
        }));
      });
      const values = alongAndAcross(read, ({ share, values: bytes }) =>
        tf.mul(op('Cast', { SrcT: type('uint8'), DstT: type('float32') }, [bytes]), share),
      );
      return withOutside(tf.mul(values, 1 / 255), outside);
    },
    picture: (picture, outside) => {
      const values = alongAndAcross(rows, ({ share, place }) =>
        tf.mul(gatherPixels(picture, place, 'float32'), share),
      );
      return withOutside(values, outside);
    },
  };
}

/** The four pixels around each place of the map. */
function placesOf(map: AffineMap, height: number, width: number): Rows<Place> {
  const u = centred(width, [1, 1, width]);
  const v = centred(height, [1, height, 1]);
  const place = (a: Tensor, b: Tensor, c: Tensor, side: number): Tensor =>
    tf.add(tf.add(tf.add(tf.mul(a, u), tf.mul(b, v)), c), (side - 1) / 2);
  const x = place(map.xx, map.xy, map.x0, width); // [N, H, W]
  const y = place(map.yx, map.yy, map.y0, height);
  const [left, top] = [tf.floor(x), tf.floor(y)];
  const [right, below] = [tf.sub(x, left), tf.sub(y, top)]; // shares of the next pixel
  return [0, 1].map((dy) => {
    const row = tf.add(top, dy);
    const share = tf.mul(dy === 1 ? below : tf.sub(1, below), isBetween(row, height));
    return {
      share: tf.expandDims(share, 3),
      pixels: [0, 1].map((dx) => {
        const column = tf.add(left, dx);
        const ofRow = tf.mul(dx === 1 ? right : tf.sub(1, right), isBetween(column, width));
        const place = tf.add(
          tf.mul(whole(row, height), tf.scalar(width, 'int32')),
          whole(column, width),
        );
        return { share: tf.expandDims(ofRow, 3), place };
      }),
    };
  });
}

interface Shared {
  /** Of the pixel in its row, 0 outside of the image: [N, H, W, 1]. */
  readonly share: Tensor;
}

interface Place extends Shared {
  /** In the image, counted row by row: [N, H, W] int32. */
  readonly place: Tensor;
}

/** The shares of two rows, each of two pixels. */
type Rows<Pixel extends Shared> = readonly {
  readonly share: Tensor;
  readonly pixels: readonly Pixel[];
}[];

/** Σ over rows of share · Σ over pixels of `of`. */
function alongAndAcross<Pixel extends Shared>(
  rows: Rows<Pixel>,
  of: (pixel: Pixel) => Tensor,
): Tensor {
  const [above, below] = rows.map(({ share, pixels }) => {
    const [left, right] = pixels.map(of);
    if (!left || !right) throw new Error('A row needs two pixels.');
    return tf.mul(share, tf.add(left, right));
  });
  if (!above || !below) throw new Error('A place lies between two rows.');
  return tf.add(above, below);
}

/** −(size − 1) / 2 … (size − 1) / 2. */
function centred(size: number, shape: [number, number, number]): Tensor {
  const places = Float32Array.from({ length: size }, (_, i) => i - (size - 1) / 2);
  return tf.tensor3d(declareConstant(places), shape, 'float32');
}

function isBetween(places: Tensor, size: number): Tensor {
  return tf.cast(
    tf.logicalAnd(tf.greaterEqual(places, 0), tf.lessEqual(places, size - 1)),
    'float32',
  );
}

function whole(places: Tensor, size: number): Tensor {
  return tf.cast(tf.minimum(tf.maximum(places, 0), size - 1), 'int32');
}

function gatherPixels(flat: Tensor, index: Tensor, elements: 'uint8' | 'float32'): Tensor {
  return op(
    'GatherV2',
    { Tparams: type(elements), Tindices: type('int32'), Taxis: type('int32'), batch_dims: int(0) },
    [flat, index, tf.scalar(0, 'int32')],
  );
}
