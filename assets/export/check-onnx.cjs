// node check-onnx.cjs: computes the images of check/ with model-image.onnx in onnxruntime-node (npm), and holds
// the probabilities against the logits that ResNet Lab computed when it exported. Prints JSON.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

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

function softmax(row) {
  const highest = Math.max(...row);
  const powers = Array.from(row, (value) => Math.exp(value - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

const largestAt = (row) => row.indexOf(Math.max(...row));

async function main() {
  let ort;
  try {
    ort = require('onnxruntime-node');
  } catch {
    console.log(JSON.stringify([{ format: 'onnx-image', missing: 'onnxruntime-node' }]));
    return;
  }
  const { images, logits } = readTensors(join(__dirname, 'check', 'check.safetensors'));
  const session = await ort.InferenceSession.create(join(__dirname, 'model-image.onnx'));
  const image = new ort.Tensor('uint8', images.data, images.shape);
  const { probabilities } = await session.run({ image });
  const [count, classes] = logits.shape;
  let sameClass = 0;
  let largestDifference = 0;
  for (let i = 0; i < count; i++) {
    const expected = softmax(logits.data.subarray(i * classes, (i + 1) * classes));
    const computed = Array.from(probabilities.data.subarray(i * classes, (i + 1) * classes));
    if (largestAt(expected) === largestAt(computed)) sameClass++;
    for (let c = 0; c < classes; c++) {
      largestDifference = Math.max(largestDifference, Math.abs(expected[c] - computed[c]));
    }
  }
  const runtime = `onnxruntime-node ${require('onnxruntime-node/package.json').version}`;
  const source = 'stored pixels';
  console.log(
    JSON.stringify([
      { format: 'onnx-image', runtime, images: count, source, sameClass, largestDifference },
    ]),
  );
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
