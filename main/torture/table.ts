// The results as a table, for the terminal and for docs/torture.md. A report has a section for each command that
// added to it, because each has its own date, code, sizes and load.
import os from 'node:os';
import { PARTS, type AttackResult, type Part } from './attack.ts';
import type { Sizes } from './sizes.ts';

export interface Report {
  readonly startedAt: Date;
  readonly command: string;
  readonly codeVersion: string;
  readonly sizes: Sizes;
  readonly seed: number;
  readonly results: readonly AttackResult[];
}

const SIZES_OF: Readonly<Record<Part, readonly (keyof Sizes)[]>> = {
  'bit-exact': ['variants', 'repeats', 'kills'],
  fuzz: ['cases'],
  soak: ['steps', 'runs', 'pages', 'points'],
  numbers: ['networks', 'kernels'],
};

/** What stands above the first section of a file. */
export const HEADER = `# Torture

Written by \`npm run torture\`; see CONTRIBUTING.md. Each line is an attack on the product as users start it: what
must hold, how many cases were tried, how many failed, and the longest time from a kill until the run took steps
again. Each section is one command; its machine's load is the average of a minute, before and after each attack.
`;

export function formatSection(report: Report): string {
  const { startedAt, command, codeVersion, sizes, seed, results } = report;
  const [cpu] = os.cpus();
  const memory = `${Math.round(os.totalmem() / 1e9)} GB`;
  const failures = results.flatMap(({ attack, findings }) =>
    findings.map(({ problem, reproduction }) => ({ attack, problem, reproduction })),
  );
  const minutes = results.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  const parts = PARTS.filter((part) => results.some(({ attack }) => attack.part === part));
  const loads = results.flatMap(({ load }) => load).map((load) => Math.round(load));
  const between = [...new Set([Math.min(...loads), Math.max(...loads)])].join(' to ');
  return [
    `## ${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC: ${parts.join(', ')}`,
    '',
    `- ${os.cpus().length} × ${cpu?.model.trim() ?? 'an unknown processor'}, ${memory}, ${os.platform()} ${os.release()}, Node ${process.versions.node}, load ${between}`,
    `- ResNet Lab ${codeVersion}; \`${command}\`, seed ${seed}, ${Math.round(minutes)} min`,
    `- sizes: ${parts.flatMap((part) => SIZES_OF[part].map((name) => `${name} ${sizes[name]}`)).join(', ')}`,
    '',
    '| Attack | Cases | Failures | Longest recovery | Notes |',
    '| --- | ---: | ---: | ---: | --- |',
    ...results.map(rowOf),
    totalOf(results),
    '',
    ...(failures.length === 0
      ? []
      : [
          '### What failed',
          '',
          ...failures.map(
            ({ attack, problem, reproduction }) =>
              `- **${attack.part}/${attack.name}**: ${oneLine(problem)}\n  \`${oneLine(reproduction).replaceAll('`', "'")}\``,
          ),
          '',
        ]),
  ].join('\n');
}

function rowOf({
  attack,
  cases,
  findings,
  longestRecoveryMs,
  notes = [],
  seconds,
}: AttackResult): string {
  const recovery =
    longestRecoveryMs === undefined ? '' : `${(longestRecoveryMs / 1000).toFixed(1)} s`;
  const words = [...notes, `${Math.round(seconds)} s`].join('; ');
  return `| ${attack.part}/${attack.name}: ${attack.title} | ${cases} | ${findings.length} | ${recovery} | ${words} |`;
}

function totalOf(results: readonly AttackResult[]): string {
  const sum = (of: (result: AttackResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const recoveries = results.flatMap(({ longestRecoveryMs = [] }) => longestRecoveryMs);
  const longest = recoveries.length === 0 ? '' : `${(Math.max(...recoveries) / 1000).toFixed(1)} s`;
  return `| **all** | ${sum(({ cases }) => cases)} | ${sum(({ findings }) => findings.length)} | ${longest} | |`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
