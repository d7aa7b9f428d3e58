// node check-onnx.cjs: computes the images of check/ with the ONNX models in onnxruntime-node (npm), and holds
// what they say against the logits that ResNet Lab computed when it exported. Prints JSON.
const { readFileSync, readdirSync } = require('node:fs');
const { join } = require('node:path');
const { inflateSync } = require('node:zlib');

/** Tensors of a safetensors file: { shape, data }. */
function readTensors(file) {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  delete header.__metadata__;
  return Object.fromEntries(
    Object.entries(header).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [start, end],
        },
      ]) => {
        const own = bytes.buffer.slice(
          bytes.byteOffset + 8 + length + start,
          bytes.byteOffset + 8 + length + end,
        );
        return [
          name,
          { shape, data: dtype === 'U8' ? new Uint8Array(own) : new Float32Array(own) },
        ];
      },
    ),
  );
}

/** Samples a pixel by the PNG colour type: grey, RGB, grey with alpha, RGB with alpha. */
const SAMPLES = { 0: 1, 2: 3, 4: 2, 6: 4 };

/** Red, green and blue of an 8-bit PNG that is not interlaced (PNG specification, section 9): [H · W · 3]. */
function readPng(file) {
  const bytes = readFileSync(file);
  let header;
  const packed = [];
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') header = data;
    if (type === 'IDAT') packed.push(data);
    at += 12 + length;
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const samples = SAMPLES[header[9]];
  if (header[8] !== 8 || samples === undefined || header[12] !== 0) {
    throw new Error(`${file} is not as it was exported: its PNG has another bit depth or layout.`);
  }
  const rows = unfiltered(inflateSync(Buffer.concat(packed)), width * samples, height, samples);
  const isGrey = samples < 3;
  const pixels = new Uint8Array(width * height * 3);
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) pixels[p * 3 + c] = rows[p * samples + (isGrey ? 0 : c)];
  }
  return pixels;
}

/** Undoes the filter that each row names in its first byte. */
function unfiltered(data, rowBytes, height, samples) {
  const rows = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (rowBytes + 1)];
    for (let i = 0; i < rowBytes; i++) {
      const at = y * rowBytes + i;
      const left = i < samples ? 0 : rows[at - samples];
      const above = y === 0 ? 0 : rows[at - rowBytes];
      const corner = i < samples || y === 0 ? 0 : rows[at - rowBytes - samples];
      rows[at] = data[y * (rowBytes + 1) + 1 + i] + predicted(filter, left, above, corner);
    }
  }
  return rows;
}

function predicted(filter, left, above, corner) {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return (left + above) >> 1;
    case 4: {
      const guess = left + above - corner;
      const [a, b, c] = [left, above, corner].map((value) => Math.abs(guess - value));
      return a <= b && a <= c ? left : b <= c ? above : corner;
    }
    default:
      return 0;
  }
}

/** [N · H · W · C] of the files, in the order of their names. */
function readImages([count, height, width, channels]) {
  const folder = join(__dirname, 'check');
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.png'))
    .sort();
  if (files.length !== count) {
    throw new Error(`check/ has ${files.length} images, but logits of ${count}.`);
  }
  const images = new Uint8Array(count * height * width * channels);
  files.forEach((file, i) => {
    const pixels = readPng(join(folder, file));
    for (let at = 0; at < height * width * channels; at++) {
      const p = Math.floor(at / channels);
      images[i * height * width * channels + at] = pixels[p * 3 + (at % channels)];
    }
  });
  return images;
}

/** [N, C, H, W] of [N, H, W, C]: what model.onnx takes. */
function normalized(images, [count, height, width, channels], meanImage) {
  const { mean, deviation } = JSON.parse(
    readFileSync(join(__dirname, 'config.json'), 'utf8'),
  ).normalization;
  const area = height * width;
  const x = new Float32Array(images.length);
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < area; p++) {
      for (let c = 0; c < channels; c++) {
        const offset = meanImage ? meanImage.data[p * channels + c] : mean[c];
        const value = images[(i * area + p) * channels + c] / 255;
        x[(i * channels + c) * area + p] = (value - offset) / deviation[c];
      }
    }
  }
  return x;
}

function softmax(row) {
  const highest = Math.max(...row);
  const powers = Array.from(row, (value) => Math.exp(value - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

const largestAt = (row) => row.indexOf(Math.max(...row));

/** How far what a model says lies from what it should say, [N, classes] each. */
function agreement(expected, computed, [count, classes]) {
  let sameClass = 0;
  let largestDifference = 0;
  for (let i = 0; i < count; i++) {
    const [wanted, found] = [expected, computed].map((all) =>
      Array.from(all.slice(i * classes, (i + 1) * classes)),
    );
    if (largestAt(wanted) === largestAt(found)) sameClass++;
    for (let c = 0; c < classes; c++) {
      largestDifference = Math.max(largestDifference, Math.abs(wanted[c] - found[c]));
    }
  }
  return { sameClass, largestDifference };
}

async function main() {
  let ort;
  try {
    ort = require('onnxruntime-node');
  } catch {
    console.log(JSON.stringify([{ format: 'onnx', missing: 'onnxruntime-node' }]));
    return;
  }
  const stored = readTensors(join(__dirname, 'check', 'check.safetensors'));
  const { shape } = stored.images;
  const { data: logits, shape: outputs } = stored.logits;
  const [count, height, width, channels] = shape;
  const images = readImages(shape);
  const rows = Array.from({ length: count }, (_, i) =>
    softmax(logits.subarray(i * outputs[1], (i + 1) * outputs[1])),
  );
  const x = normalized(images, shape, stored.mean_image);
  const models = [
    {
      ...{ format: 'onnx', file: 'model.onnx', output: 'logits', expected: logits },
      feeds: { x: new ort.Tensor('float32', x, [count, channels, height, width]) },
    },
    {
      ...{ format: 'onnx-image', file: 'model-image.onnx', output: 'probabilities' },
      expected: rows.flat(),
      feeds: { image: new ort.Tensor('uint8', images, shape) },
    },
  ];
  const runtime = `onnxruntime-node ${require('onnxruntime-node/package.json').version}`;
  const results = [];
  for (const { format, file, output, expected, feeds } of models) {
    const session = await ort.InferenceSession.create(join(__dirname, file));
    const { data } = (await session.run(feeds))[output];
    const facts = { format, runtime, images: count, source: 'PNG files' };
    results.push({ ...facts, ...agreement(expected, data, outputs) });
  }
  console.log(JSON.stringify(results));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
