// The line under a report's title: when, by what, on what, from which data. Pure.
import type { RunChange } from '../../shared/contract/app/reports.ts';
import { allRuns, type ReportData } from './report-data.ts';

export function factsOf(
  data: Pick<ReportData, 'writtenAt' | 'codeVersion' | 'runs' | 'others'>,
): string[] {
  const { writtenAt, codeVersion } = data;
  const runs = allRuns(data);
  const count = runs.length === 1 ? '1 run' : `${runs.length} runs`;
  return [
    `Written ${writtenAt.slice(0, 16).replace('T', ' ')} UTC`,
    ...(runs.length === 0 ? [] : [count, ...aboutRuns(runs)]),
    `ResNet Lab ${codeVersion}`,
  ];
}

/** A report of text alone has none. */
function aboutRuns(runs: ReturnType<typeof allRuns>): string[] {
  const distinct = (values: readonly string[]): string => [...new Set(values)].join(', ');
  return [
    `data ${distinct(runs.map(({ run }) => `${run.dataName} ${run.dataFingerprint.slice(0, 12)}`))}`,
    `runs made by ${distinct(runs.map(({ run }) => run.codeVersion))}`,
    distinct(runs.map(({ runtime }) => `TensorFlow ${runtime.tensorflow} on ${runtime.device}`)),
  ];
}

export function changeSentence(changes: readonly RunChange[]): string {
  const named = (kind: RunChange['kind']): string =>
    changes
      .filter((change) => change.kind === kind)
      .map(({ id, name }) => (name === id ? id : `${name} (${id})`))
      .join(', ');
  const [changed, missing] = [named('changed'), named('missing')];
  return [
    changed === '' ? '' : `Changed since this report was written: ${changed}.`,
    missing === '' ? '' : `Not in the library any more: ${missing}.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}
