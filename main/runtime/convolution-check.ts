// Are oneDNN's convolutions right on this processor? Asked of the staged library in a child process, which a bad
// kernel may end, and held against sums of our own. The answer is kept, so that it is asked once a processor.
import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { hasErrorCode } from '../../shared/errors.ts';
import { makeFolder } from './cache.ts';
import { runCommand } from './command.ts';
import {
  CHECKED_CONVOLUTIONS,
  CONVOLUTION_KINDS,
  CONVOLUTION_PARTS,
  rightAnswers,
  SALTS,
  shapesOf,
  VALUE_FORMULA,
  type CheckedConvolution,
} from './convolution-check-cases.ts';
import { hidesCaches } from './hidden-caches.ts';
import { describeProcessor } from './processor.ts';
import type { Environment, Runtime } from './runtime.ts';

/** Another number where the cases change. */
const CHECK_VERSION = 2;
/** Of the largest element. */
const TOLERANCE = 1e-4;
const TIMEOUT_MS = 120_000;
const MARK = 'resnet-lab-convolution ';

const ConvolutionVerdict = z.object({
  /** How many convolutions were computed; one that the library refuses is no wrong answer. */
  cases: z.int(),
  faults: z.array(z.object({ kind: z.enum(CONVOLUTION_KINDS), sentence: z.string() })),
});

export type ConvolutionVerdict = z.output<typeof ConvolutionVerdict>;

/** Elsewhere there is nothing to check: no oneDNN in the library, or it is off (load-environment.ts). */
export function isDecidedByCheck({ device }: Pick<Runtime, 'device'>): boolean {
  return device === 'cpu' && process.arch === 'x64' && !hidesCaches();
}

/** The answer of an earlier check; undefined where there was none. */
export async function knownVerdict(
  runtime: CheckedRuntime,
  cacheFolder: string,
): Promise<ConvolutionVerdict | undefined> {
  try {
    const text = await readFile(await verdictFile(runtime, cacheFolder), 'utf8');
    return ConvolutionVerdict.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR')) return undefined;
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export async function rememberVerdict(
  runtime: CheckedRuntime,
  cacheFolder: string,
  verdict: ConvolutionVerdict,
): Promise<void> {
  const file = await verdictFile(runtime, cacheFolder);
  const temporary = `${file}.${process.pid}`;
  try {
    await makeFolder(path.dirname(file));
    await writeFile(temporary, `${JSON.stringify(verdict, null, 2)}\n`);
    await rename(temporary, file);
  } catch (error) {
    // A read-only cache works as well: the check is made again.
    const codes = ['cache-not-writable', 'EROFS', 'EACCES', 'EPERM', 'ENOSPC'];
    if (!codes.some((code) => hasErrorCode(error, code))) throw error;
  }
}

export type CheckedRuntime = Pick<Runtime, 'bindingPath' | 'tensorflowVersion'>;

/** One home folder may serve machines with other processors. */
async function verdictFile(runtime: CheckedRuntime, cacheFolder: string): Promise<string> {
  const { model, instructionSets } = await describeProcessor();
  const about = [
    ...[CHECK_VERSION, runtime.bindingPath, runtime.tensorflowVersion],
    ...[model, instructionSets.join(' '), hidesCaches()],
  ];
  const name = createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 16);
  return path.join(cacheFolder, 'convolution-checks', `${name}.json`);
}

/** Runs without any of our files: argv holds the binding and the cases, stdout gets a line before and after each. */
const SCRIPT = `
  const [, bindingPath, text] = process.argv;
  const b = require(bindingPath);
  const valueAt = ${VALUE_FORMULA};
  const make = (shape, salt) => b.createTensor(shape, b.TF_FLOAT, Float32Array.from(
    { length: shape.reduce((p, s) => p * s, 1) }, (_, i) => valueAt(i, salt)));
  const sizes = (shape) => b.createTensor([shape.length], b.TF_INT32, Int32Array.from(shape));
  // At once: what console.log has taken is lost when the next kernel ends the process.
  const say = (answer) => {
    const bytes = Buffer.from(${JSON.stringify(MARK)} + JSON.stringify(answer) + '\\n');
    for (let done = 0; done < bytes.length; ) done += require('fs').writeSync(1, bytes, done);
  };
  for (const [index, { shapes, stride, dilation }] of JSON.parse(text).entries()) {
    say({ index });
    const attrs = [
      { name: 'T', type: b.TF_ATTR_TYPE, value: b.TF_FLOAT },
      { name: 'strides', type: b.TF_ATTR_INT, value: [1, stride, stride, 1] },
      { name: 'dilations', type: b.TF_ATTR_INT, value: [1, dilation, dilation, 1] },
      { name: 'padding', type: b.TF_ATTR_STRING, value: 'SAME' },
      { name: 'data_format', type: b.TF_ATTR_STRING, value: 'NHWC' },
      { name: 'use_cudnn_on_gpu', type: b.TF_ATTR_BOOL, value: true },
    ];
    const [x, w, dy] = ['x', 'kernel', 'dy'].map((name) => make(shapes[name], ${JSON.stringify(SALTS)}[name]));
    const run = (op, inputs) => {
      const [output] = b.executeOp(op, attrs, inputs, 1);
      return Buffer.from(b.tensorDataSync(output.id).slice().buffer).toString('base64');
    };
    try {
      say({ index, values: [
        run('Conv2D', [x, w]),
        run('Conv2DBackpropInput', [sizes(shapes.x), w, dy]),
        run('Conv2DBackpropFilter', [x, sizes(shapes.kernel), dy]),
      ] });
    } catch (error) {
      say({ index, refused: String(error.message) });
    }
  }
`;

const Answer = z.object({
  index: z.int(),
  values: z.array(z.string()).optional(),
  refused: z.string().optional(),
});
type Answer = z.output<typeof Answer>;

export interface CheckOptions {
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
  readonly cases?: readonly CheckedConvolution[];
}

/** Undefined where the library does not even load: that is not for this check to say. */
export async function checkConvolutions(
  { bindingPath }: Pick<Runtime, 'bindingPath'>,
  { env, signal, cases = CHECKED_CONVOLUTIONS }: CheckOptions,
): Promise<ConvolutionVerdict | undefined> {
  const faults: ConvolutionVerdict['faults'] = [];
  let next = 0;
  let computed = 0;
  // A kernel that ends the process is a fault of its case; the next child goes on behind it.
  while (next < cases.length) {
    const some = cases.slice(next);
    const answers = await ask(bindingPath, some, { env, signal });
    const last = answers.at(-1);
    if (last === undefined) return undefined;
    for (const answer of answers) {
      const of = some[answer.index];
      // The engine asks for itself what can be differentiated.
      if (of === undefined || answer.refused !== undefined) continue;
      computed += 1;
      const problem = problemOf(of, answer);
      if (problem !== undefined) {
        faults.push({ kind: of.kind, sentence: `${describe(of)}: ${problem}.` });
      }
    }
    next += last.index + 1;
  }
  return { cases: computed, faults };
}

/** One answer for each case that was begun. */
async function ask(
  bindingPath: string,
  cases: readonly CheckedConvolution[],
  { env, signal }: Pick<CheckOptions, 'env' | 'signal'>,
): Promise<Answer[]> {
  const answers = new Map<number, Answer>();
  const given = cases.map((of) => ({ ...of, shapes: shapesOf(of) }));
  await runCommand(process.execPath, ['-e', SCRIPT, bindingPath, JSON.stringify(given)], {
    env: {
      ...env,
      ELECTRON_RUN_AS_NODE: '1',
      TF_CPP_MIN_LOG_LEVEL: '3',
      TF_ENABLE_ONEDNN_OPTS: '1',
      CUDA_VISIBLE_DEVICES: '-1',
    },
    signal,
    timeoutMs: TIMEOUT_MS,
    onLine: (line) => {
      if (!line.startsWith(MARK)) return;
      const answer = answerOf(line.slice(MARK.length));
      if (answer !== undefined) answers.set(answer.index, answer);
    },
  });
  return [...answers.values()];
}

/** Undefined where the process ended in the middle of the line. */
function answerOf(text: string): Answer | undefined {
  try {
    return Answer.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function problemOf(of: CheckedConvolution, { values }: Answer): string | undefined {
  if (values === undefined) return 'the process ended';
  const right = rightAnswers(of);
  const wrong = CONVOLUTION_PARTS.flatMap((part, index) => {
    const bytes = Buffer.from(values[index] ?? '', 'base64');
    const given = new Float32Array(new Uint8Array(bytes).buffer);
    const error = relativeError(given, right[index] ?? new Float64Array());
    return error <= TOLERANCE ? [] : [`${part} off by ${(100 * error).toPrecision(2)} %`];
  });
  return wrong.length === 0 ? undefined : wrong.join(', ');
}

/** The largest difference, as a fraction of the largest element. */
function relativeError(given: Float32Array, right: Float64Array): number {
  if (given.length !== right.length) return Infinity;
  let worst = 0;
  let scale = 0;
  right.forEach((value, i) => {
    const difference = Math.abs((given[i] ?? Number.NaN) - value);
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
    scale = Math.max(scale, Math.abs(value));
  });
  return worst / scale;
}

function describe(of: CheckedConvolution): string {
  const { size, channels, outChannels, kernel, stride, groups, dilation } = of;
  return [
    `${kernel}×${kernel} on ${size}×${size}×${channels} → ${outChannels}`,
    ...(stride > 1 ? [`stride ${stride}`] : []),
    ...(groups > 1 ? [`${groups} groups`] : []),
    ...(dilation > 1 ? [`dilation ${dilation}`] : []),
  ].join(', ');
}
