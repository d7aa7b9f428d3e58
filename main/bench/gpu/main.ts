// `npm run bench:gpu -- pack DIR` puts all that a machine without network needs into DIR, in pieces; `measure` times
// our steps beside PyTorch's on the first GPU, or on the CPU where there is none. See docs/gpu.md.
import path from 'node:path';
import process from 'node:process';
import { inputError, toErrorDocument } from '../../../shared/errors.ts';
import { answerMeasurement, measureAll, OURS } from './measure.ts';
import { packInto } from './pack.ts';

const USAGE = 'usage: pack DIR | measure [--steps N] [--batch N] [--size N] [--out FILE.json]';

try {
  const [command, ...args] = process.argv.slice(2);
  if (command === OURS) await answerMeasurement(args);
  else if (command === 'pack') await packInto(folderIn(args), (text) => console.error(text));
  else if (command === 'measure') await measureAll(sizesIn(args));
  else throw inputError('bad-usage', USAGE);
} catch (error) {
  const document = toErrorDocument(error);
  if (document.code === 'internal') console.error(error);
  console.error(`error[${document.code}]: ${document.message}`);
  process.exitCode = document.fault === 'input' ? 2 : 1;
}

function folderIn([folder, ...rest]: readonly string[]): string {
  if (folder === undefined || folder.startsWith('-') || rest.length > 0) {
    throw inputError('bad-usage', `Name one folder to pack into; ${USAGE}`);
  }
  return path.resolve(folder);
}

function sizesIn(args: readonly string[]) {
  const given = new Map<string, string>();
  for (let i = 0; i < args.length; i += 2) {
    const [option = '', value] = args.slice(i, i + 2);
    if (!['--steps', '--batch', '--size', '--out'].includes(option) || value === undefined) {
      throw inputError('bad-usage', `${option} is not understood; ${USAGE}`);
    }
    given.set(option, value);
  }
  const whole = (option: string): number | undefined => {
    const text = given.get(option);
    if (text === undefined) return undefined;
    if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
    throw inputError('bad-usage', `${option} is "${text}", which is no whole number above 0.`);
  };
  return {
    ...{ steps: whole('--steps'), batch: whole('--batch'), size: whole('--size') },
    out: path.resolve(given.get('--out') ?? 'resnet-lab-gpu-bench.json'),
  };
}
