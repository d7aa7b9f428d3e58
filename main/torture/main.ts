// `npm run torture -- [part or part/attack …] [--quick] [--seed N] [--cases N …] [--json]
// [--report FILE [--append]]`: attacks the product and says what did not hold. Ends with 1 if anything failed.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { inputError, toErrorDocument } from '../../shared/errors.ts';
import { codeVersion } from '../host/code-version.ts';
import { PARTS, type Attack, type AttackResult } from './attack.ts';
import { bitExact } from './bit-exact/bit-exact.ts';
import { fuzz } from './fuzz/fuzz.ts';
import { target } from './fuzz/target-process.ts';
import { numbers } from './numbers/numbers.ts';
import { FULL, QUICK, SIZE_NAMES, sizesFrom, wholeNumber, type Sizes } from './sizes.ts';
import { soak } from './soak/soak.ts';
import { formatSection, HEADER, type Report } from './table.ts';

const ATTACKS: readonly Attack[] = [...bitExact, ...fuzz, ...soak, ...numbers];

export async function main(args: readonly string[]): Promise<number> {
  try {
    return await torture(args);
  } catch (error) {
    const { code, message, fault } = toErrorDocument(error);
    console.error(`error[${code}]: ${message}`);
    if (code === 'internal') console.error(error);
    return fault === 'input' ? 2 : 1;
  }
}

async function torture(args: readonly string[]): Promise<number> {
  const { names, isQuick, isJson, seed, sizes, reportFile, isAppended } = parseCommand(args);
  const attacks = chosen(names, isQuick);
  const startedAt = new Date();
  const results: AttackResult[] = [];
  const command = ['npm run torture', ...(args.length === 0 ? [] : ['--', ...args])].join(' ');
  const report: Report = { startedAt, command, codeVersion, sizes, seed, results };
  const earlier = isAppended && reportFile !== undefined ? sectionsIn(reportFile) : HEADER;
  try {
    for (const attack of attacks) {
      const result = await carryOut(attack, sizes, seed);
      if (result.cases === 0) continue;
      results.push(result);
      // After each: a run of hours that is ended has its table so far.
      if (reportFile !== undefined) writeReport(reportFile, earlier, report);
    }
  } finally {
    target.close();
  }
  console.log(isJson ? JSON.stringify(report, null, 2) : formatSection(report));
  return results.some(({ findings }) => findings.length > 0) ? 1 : 0;
}

/** What other commands have written; a file that is not there yet has none. */
function sectionsIn(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : HEADER;
}

function writeReport(file: string, earlier: string, report: Report): void {
  fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  fs.writeFileSync(file, `${earlier}\n${formatSection(report)}`);
}

/** @throws inputError `bad-option` */
function parsed(args: readonly string[], options: NonNullable<ParseArgsConfig['options']>) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw inputError('bad-option', error instanceof Error ? error.message : String(error));
  }
}

function parseCommand(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const { values, positionals } = parsed(args, {
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    seed: text,
    report: text,
    append: { type: 'boolean' },
    ...Object.fromEntries(SIZE_NAMES.map((name) => [name, text])),
  });
  const given = values as Partial<Record<keyof Sizes | 'seed' | 'report', string>> & {
    readonly quick?: boolean;
    readonly json?: boolean;
    readonly append?: boolean;
  };
  const isQuick = given.quick ?? false;
  return {
    names: positionals,
    isQuick,
    isJson: given.json ?? false,
    isAppended: given.append ?? false,
    // Another one every time, and printed: what was tried once is known.
    seed: given.seed === undefined ? Date.now() % 2 ** 31 : wholeNumber('--seed', given.seed),
    sizes: sizesFrom(isQuick ? QUICK : FULL, given),
    reportFile: given.report ?? (isQuick || positionals.length > 0 ? undefined : 'docs/torture.md'),
  };
}

/** @throws inputError `no-such-attack` */
function chosen(names: readonly string[], isQuick: boolean): readonly Attack[] {
  if (names.length === 0) return ATTACKS.filter(({ part }) => !isQuick || part !== 'numbers');
  return names.flatMap((name) => {
    const found = ATTACKS.filter((attack) => attack.part === name || nameOf(attack) === name);
    if (found.length > 0) return found;
    throw inputError(
      'no-such-attack',
      `There is no attack "${name}"; there are ${PARTS.join(', ')}, and of them ${ATTACKS.map(nameOf).join(', ')}.`,
    );
  });
}

function nameOf({ part, name }: Attack): string {
  return `${part}/${name}`;
}

async function carryOut(attack: Attack, sizes: Sizes, seed: number): Promise<AttackResult> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-torture-'));
  const note = (text: string): void => console.error(`  ${text}`);
  console.error(`${nameOf(attack)}: ${attack.title}`);
  const startedAt = performance.now();
  const loadBefore = os.loadavg()[0] ?? 0;
  try {
    const outcome = await attack.run({ sizes, seed, folder, note });
    for (const { problem, reproduction } of outcome.findings) {
      console.error(`  FAILED: ${problem}\n    ${reproduction}`);
    }
    const { part, name, title } = attack;
    const seconds = (performance.now() - startedAt) / 1000;
    const load = [loadBefore, os.loadavg()[0] ?? 0] as const;
    return { ...outcome, attack: { part, name, title }, seconds, load };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
