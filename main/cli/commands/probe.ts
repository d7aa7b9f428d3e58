// `resnet-lab probe`: measures a run of the library.
import fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { inputError } from '../../../shared/errors.ts';
import { PROBE_KINDS, ProbeSpec, type ProbeResult } from '../../../shared/contract/probes.ts';
import { drawFinding } from '../../../shared/figures/finding-figure.ts';
import { standaloneSvg } from '../../../shared/figures/standalone.ts';
import { describeIssue } from '../../../shared/spec/issue-sentence.ts';
import { closestNames } from '../../../shared/spec/closest.ts';
import { findingOf, MEASUREMENTS } from '../../studies/measurements.ts';
import { userPath } from '../../host/user-path.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { formatFinding } from '../format-finding.ts';
import { formatPreparing } from '../run-progress.ts';
import { STOPPED_EXIT_CODE, stoppable } from '../stop-signals.ts';
import { checkpointChoice } from '../weight-options.ts';

interface Options extends GlobalOptions {
  readonly with?: string;
  readonly checkpoint?: string;
  readonly set?: readonly string[];
  readonly again?: boolean;
  readonly out?: string;
}

export function addProbe(parent: Command, cli: Cli): void {
  parent
    .command('probe')
    .description('measure a run: what its blocks, paths and features do')
    .argument('<name>', PROBE_KINDS.join(', '))
    .argument('<run>', 'a run, or the last four characters of its id')
    .option('--with <run>', 'similarity: the run that is compared with')
    .option('--checkpoint <which>', 'best, last, the step of a kept one, or start: untrained')
    .option(
      '--set <name=value>',
      'how it is measured, e.g. draws=20, images=1000, points=51; may be repeated',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .option('--again', 'measure although there is an answer')
    .option('--out <dir>', 'write the figures there, an SVG file each')
    .addHelpText(
      'after',
      `\n${MEASUREMENTS.map(({ kind, question, paper }) => `  ${kind.padEnd(16)}${question} (${paper})`).join('\n')}`,
    )
    .action(async (name: string, run: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const terminal = terminalFor(cli, options);
      const probe = parseProbe(name, options.set ?? []);
      const { probeRun } = await import('../../host/probe-run.ts');
      await stoppable(
        cli,
        terminal,
        async ({ stop }) => {
          await withHost(cli, options, async ({ parts }) => {
            const result = await probeRun(
              parts,
              {
                run,
                probe,
                other: options.with,
                checkpoint:
                  options.checkpoint === 'start' ? 'start' : checkpointChoice(options.checkpoint),
                again: options.again === true,
              },
              { signal: stop, onEvent: (event) => terminal.status(formatPreparing(event)) },
            );
            const files = options.out === undefined ? [] : writeFigures(result, options.out);
            const document = files.length === 0 ? result : { ...result, files };
            terminal.result(document, () => [formatResult(result), ...files].join('\n'));
          });
        },
        {
          stopping: 'Stopping.',
          abandoning: 'Stopping.',
          stopped: `Stopped; nothing was kept (exit code ${STOPPED_EXIT_CODE}).`,
        },
      );
    });
}

/** @throws inputError `no-such-probe`, `bad-probe-setting` */
export function parseProbe(name: string, settings: readonly string[]): ProbeSpec {
  const kind = PROBE_KINDS.find((known) => known === name);
  if (kind === undefined) {
    const [meant] = closestNames(name, PROBE_KINDS);
    throw inputError(
      'no-such-probe',
      `There is no probe "${name}".${meant === undefined ? '' : ` Did you mean ${meant}?`} There are: ${PROBE_KINDS.join(', ')}.`,
    );
  }
  const given = Object.fromEntries(settings.map(settingOf));
  const value = { ...given, kind };
  const parsed = ProbeSpec.safeParse(value);
  if (parsed.success) return parsed.data;
  const option = ProbeSpec.options.find((each) => each.shape.kind.value === kind);
  const { path: where, sentence } = describeIssue(parsed.error, {
    value,
    document: 'The probe',
    fields: Object.keys(option?.shape ?? {}),
  });
  throw inputError('bad-probe-setting', sentence, { path: `--set ${where}` });
}

const Json = z.union([z.number(), z.boolean()]);

function settingOf(text: string): [string, unknown] {
  const at = text.indexOf('=');
  const [name, words] = at < 0 ? [text, 'true'] : [text.slice(0, at), text.slice(at + 1)];
  try {
    return [name, Json.parse(JSON.parse(words))];
  } catch {
    return [name, words];
  }
}

/** Paths of the files, named by probe and figure. */
function writeFigures({ values }: ProbeResult, folder: string): string[] {
  const out = userPath(folder);
  fs.mkdirSync(out, { recursive: true });
  return findingOf(values).figures.map((figure) => {
    const file = path.join(out, `${values.kind}-${figure.id}.svg`);
    fs.writeFileSync(file, standaloneSvg(drawFinding(figure)));
    return file;
  });
}

function formatResult(result: ProbeResult): string {
  const { run, checkpoint, values } = result;
  const title = MEASUREMENTS.find(({ kind }) => kind === values.kind)?.title ?? values.kind;
  const of = checkpoint === null ? 'as it starts' : `at step ${checkpoint.step}`;
  return `${title} of run ${run}, ${of}\n\n${formatFinding(findingOf(values))}`;
}
