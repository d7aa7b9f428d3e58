// `resnet-lab runs mistakes`: accuracy by class, confusion and the worst predictions of a run.
import { notFiniteSentence } from '../../../shared/not-finite.ts';
import type { Command } from 'commander';
import { inputError } from '../../../shared/errors.ts';
import { formatPercent, formatSignificant } from '../../../shared/format.ts';
import type { MistakeFacts } from '../../../shared/contract/trainer.ts';
import { readMistakes } from '../../host/mistake-file.ts';
import { requireClassifier } from '../../host/run-family.ts';
import { classAccuracies } from '../class-accuracies.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { parseWhole } from '../option-values.ts';
import { formatTable } from '../table.ts';

interface Options extends GlobalOptions {
  readonly limit: string;
}

export function addRunsMistakes(parent: Command, cli: Cli): void {
  parent
    .command('mistakes')
    .description(
      'accuracy by class, confusion matrix and worst predictions on the validation split',
    )
    .argument('<id>', 'a run, or the last four characters of its id')
    .option('--limit <n>', 'how many of the worst predictions', '20')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const limit = parseWhole('--limit', options.limit, 0);
      const terminal = terminalFor(cli, options);
      await withHost(cli, options, ({ library }) => {
        const run = library.runs.get(id);
        requireClassifier(run, 'A list of mistakes');
        const kept = readMistakes(library, run);
        if (kept === undefined) {
          throw inputError(
            'no-mistakes',
            `The run ${run.id} has no record of its mistakes: it is kept when a training with a validation split finishes. Use \`resnet-lab evaluate --run ${run.id}\`.`,
          );
        }
        const { facts, step } = kept;
        const classes = classAccuracies(facts);
        const worst = facts.worst.slice(0, limit);
        const { confusion, examples, notFinite = 0 } = facts;
        if (notFinite > 0) terminal.note(`warning: ${notFiniteSentence(notFinite, examples)}`);
        const document = { run: run.id, step, examples, notFinite, classes, confusion, worst };
        terminal.result(document, () =>
          [formatClasses(facts), formatWorst(facts, limit)]
            .filter((part) => part !== '')
            .join('\n\n'),
        );
      });
    });
}

function formatClasses(facts: MistakeFacts): string {
  return formatTable(
    [
      { title: 'class' },
      { title: 'images', right: true },
      { title: 'correct', right: true },
      { title: 'accuracy', right: true },
      { title: 'most often taken for' },
    ],
    classAccuracies(facts).map(({ name, examples, correct, accuracy, takenFor }) => [
      name,
      String(examples),
      String(correct),
      examples === 0 ? '' : formatPercent(accuracy),
      takenFor ?? '',
    ]),
  );
}

function formatWorst({ worst, classes }: MistakeFacts, limit: number): string {
  if (worst.length === 0 || limit === 0) return '';
  return formatTable(
    [
      { title: 'loss', right: true },
      { title: 'is' },
      { title: 'taken for' },
      { title: 'confidence', right: true },
      { title: 'image' },
    ],
    worst
      .slice(0, limit)
      .map(({ loss, label, predicted, confidence, source }) => [
        formatSignificant(loss),
        classes[label] ?? '',
        classes[predicted] ?? '',
        formatPercent(confidence),
        source,
      ]),
  );
}
