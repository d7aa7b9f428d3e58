// `resnet-lab runs series`: the curves of a run, as CSV or as an overview.
import type { Command } from 'commander';
import { formatNorm, formatSignificant } from '../../../shared/format.ts';
import type { Series } from '../../host/run-series.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { sparkline } from '../sparkline.ts';
import { formatTable } from '../table.ts';

interface Options extends GlobalOptions {
  readonly csv?: boolean;
}

export function addRunsSeries(parent: Command, cli: Cli): void {
  parent
    .command('series')
    .description('the recorded curves of a run')
    .argument('<id>', 'a run, or the last four characters of its id')
    .argument('[names...]', 'such as train/loss; all without')
    .option('--csv', 'every point as CSV')
    .action(async (id: string, names: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const terminal = terminalFor(cli, options);
      const { readSeries, seriesCsv } = await import('../../host/run-series.ts');
      await withHost(cli, options, ({ library }) => {
        const { run, series } = readSeries(library, id, names);
        terminal.result({ run: run.id, series: series.map(toDocument) }, () =>
          options.csv === true ? seriesCsv(run, series) : formatSeries(series),
        );
      });
    });
}

function toDocument({ name, unit, width, labels, steps, elapsedMs, values }: Series) {
  // JSON has no word for NaN and infinities: they become null.
  return {
    ...{ name, unit, width, labels },
    steps: Array.from(steps),
    elapsedMs: Array.from(elapsedMs),
    values: Array.from(values),
  };
}

function formatSeries(series: readonly Series[]): string {
  if (series.length === 0) return 'No series yet: the run has not taken a step.';
  const curves = series.filter(({ width }) => width === 1);
  const perUnit = series.filter(({ width }) => width > 1);
  const parts: string[] = [];
  if (curves.length > 0) {
    parts.push(
      formatTable(
        [
          { title: 'series' },
          { title: 'points', right: true },
          { title: 'first', right: true },
          { title: 'last', right: true },
          { title: 'least', right: true },
          { title: 'most', right: true },
          { title: 'curve' },
        ],
        curves.map(({ name, values }) => [
          name,
          String(values.length),
          formatSignificant(values[0] ?? Number.NaN),
          formatSignificant(values.at(-1) ?? Number.NaN),
          formatSignificant(extreme(values, Math.min)),
          formatSignificant(extreme(values, Math.max)),
          sparkline(values),
        ]),
      ),
    );
  }
  if (perUnit.length > 0) {
    parts.push(
      formatTable(
        [
          { title: 'series, last point' },
          { title: 'points', right: true },
          { title: 'in', right: true },
          { title: 'out', right: true },
          { title: 'from input to output' },
        ],
        perUnit.map(({ name, values, steps, width }) => {
          const last = values.subarray(values.length - width);
          return [
            name,
            String(steps.length),
            formatNorm(last[0] ?? Number.NaN),
            formatNorm(last.at(-1) ?? Number.NaN),
            sparkline(last, 60),
          ];
        }),
      ),
    );
  }
  return parts.join('\n\n');
}

function extreme(values: Float32Array, pick: (a: number, b: number) => number): number {
  return values.reduce((best, value) => (Number.isNaN(value) ? best : pick(best, value)));
}
