// Files of every kind, changed and opened. Where a file protects itself (checkpoints, series, bundles),
// nothing else may come out of it than was written.
import fc from 'fast-check';
import type { Context, Outcome } from '../attack.ts';
import type { Base } from './bases.ts';
import { checkProperty } from './check.ts';
import { faultOf } from './judge.ts';
import { byteChanges, changedBytes } from './mutate.ts';
import { target } from './target-process.ts';

export interface FileAttack {
  readonly target: string;
  readonly bases: (folder: string) => readonly Base[] | Promise<readonly Base[]>;
  readonly protectsItself: boolean;
}

export async function fuzzFiles(
  { target: name, bases, protectsItself }: FileAttack,
  cases: number,
  context: Context,
): Promise<Outcome> {
  if (cases === 0) return { cases: 0, findings: [] };
  const sound = await bases(context.folder);
  const written: (Readonly<Record<string, string>> | undefined)[] = [];
  for (const { files, open } of sound) {
    const end = await target.ask({ target: name, files, open });
    // What is sound must open, or fuzz would only see refusals.
    if (end.kind !== 'success' && name !== 'weights') {
      const problem = `The sound file was not read: ${JSON.stringify(end).slice(0, 500)}`;
      return { cases: 1, findings: [{ problem, reproduction: Object.keys(files).join(', ') }] };
    }
    written.push(protectsItself && end.kind === 'success' ? end.read : undefined);
  }
  const input = fc.record({ base: fc.nat(sound.length - 1), changes: byteChanges });
  const outcome = await checkProperty(
    {
      input,
      fault: async ({ base: index, changes }) => {
        const base = sound[index];
        if (base === undefined) throw new Error(`There is no base ${index}.`);
        const original = base.files[base.change] ?? new Uint8Array();
        const files = { ...base.files, [base.change]: changedBytes(original, changes) };
        return faultOf(await target.ask({ target: name, files, open: base.open }), written[index]);
      },
      describe: ({ base, changes }) => ({ file: sound[base]?.change, changes }),
    },
    cases,
    context,
  );
  return outcome;
}
