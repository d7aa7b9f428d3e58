// `resnet-lab explain`: why a network says what it says of an image.
import path from 'node:path';
import type { Command } from 'commander';
import type { Explained, ExplainMethod } from '../../../shared/contract/explanations.ts';
import { formatNorm, formatPercent, formatQuantity } from '../../../shared/format.ts';
import { userPath } from '../../host/user-path.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { badOption, parseWhole } from '../option-values.ts';
import { formatPreparing } from '../run-progress.ts';
import { formatTable } from '../table.ts';
import { checkpointChoice } from '../weight-options.ts';

interface Options extends GlobalOptions {
  readonly method: string;
  readonly out: string;
  readonly class?: string;
  readonly block?: string;
  readonly patch: string;
  readonly stride: string;
  readonly checkpoint?: string;
}

const METHODS = ['grad-cam', 'occlusion', 'blocks'] as const;
const LISTED_CLASSES = 5;

export function addExplain(parent: Command, cli: Cli): void {
  parent
    .command('explain')
    .description('why a run’s network says what it says of an image')
    .argument('<run>', 'a run, or the last four characters of its id')
    .argument('<image>', 'an image file')
    .option(
      '--method <name>',
      'grad-cam (where the evidence is), occlusion (what hiding it costs), blocks (what each block adds)',
      'grad-cam',
    )
    .requiredOption('--out <dir>', 'where pictures and explanation.json go')
    .option('--class <name>', 'the class that is asked about (default: the most likely)')
    .option('--block <name>', 'with grad-cam: stem or a block such as layer2.0 (default: the last)')
    .option('--patch <pixels>', "with occlusion: side of the patch, of the network's input", '8')
    .option('--stride <pixels>', 'with occlusion: from one patch to the next', '4')
    .option('--checkpoint <which>', 'best, last, or the step of a kept one')
    .action(async (run: string, image: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const terminal = terminalFor(cli, options);
      const method = methodOf(options);
      const folder = userPath(options.out);
      const { classifierOfRun, explain } = await import('../../host/weights-jobs.ts');
      const { readUserImage } = await import('../../host/read-user-image.ts');
      const { writeExplanation } = await import('../../host/write-explanation.ts');
      const file = userPath(image);
      const bytes = await readUserImage(file);
      await withHost(cli, options, async (host) => {
        const choice = checkpointChoice(options.checkpoint);
        const what = 'An explanation';
        const { weights, runId, step } = classifierOfRun(host.library, run, { what, choice });
        const explained = await explain(
          host.parts,
          { weights, image: { name: file, bytes }, method },
          { onEvent: (event) => terminal.status(formatPreparing(event)) },
        );
        const files = await writeExplanation(explained, folder);
        const document = {
          ...{ run: runId, step, image: file, method: method.kind, out: folder, files },
          classes: mostLikely(explained),
        };
        terminal.result(document, () => formatExplained(explained, { files, folder }));
      });
    });
}

function methodOf({ method, ...options }: Options): ExplainMethod {
  const target = options.class === undefined ? {} : { target: options.class };
  const kind = METHODS.find((name) => name === method);
  switch (kind) {
    case 'grad-cam':
      return { kind, ...target, ...(options.block === undefined ? {} : { unit: options.block }) };
    case 'occlusion': {
      const patch = parseWhole('--patch', options.patch);
      const stride = parseWhole('--stride', options.stride);
      return { kind, ...target, patch, stride };
    }
    case 'blocks':
      return { kind };
    case undefined:
      throw badOption('--method', `${METHODS.join(', ')}: give one of them, not ${method}`);
  }
}

function mostLikely({
  classes,
  probabilities,
}: Explained): { name: string; probability: number }[] {
  return classes
    .map((name, i) => ({ name, probability: probabilities[i] ?? Number.NaN }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, LISTED_CLASSES);
}

function formatExplained(
  explained: Explained,
  { files, folder }: { readonly files: readonly string[]; readonly folder: string },
): string {
  const { classes, explanation } = explained;
  const likely = mostLikely(explained)
    .map(({ name, probability }) => `${name} ${formatPercent(probability)}`)
    .join(', ');
  const wrote = `Wrote ${formatQuantity(files.length, 'file')} into ${path.relative('', folder) || folder}.`;
  if (explanation.kind !== 'blocks') {
    const where = explanation.kind === 'grad-cam' ? ` in the output of ${explanation.unit}` : '';
    const asked = classes[explanation.target] ?? '';
    return [likely, `${explanation.kind} of ${asked}${where}`, wrote].join('\n');
  }
  const table = formatTable(
    [{ title: 'unit' }, { title: 'map' }, { title: '‖F(x)‖ / ‖x‖', right: true }],
    explanation.units.map(({ name, height, width, ratio }) => [
      name,
      `${height}x${width}`,
      ratio === null ? '' : formatNorm(ratio),
    ]),
  );
  return [likely, table, wrote].join('\n\n');
}
