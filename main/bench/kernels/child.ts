// The computing process of the kernel check: takes a list of cases, says which one it begins and then what
// came of it. A wrong kernel may end it at any moment; whoever started it knows by then which case it was.
import process from 'node:process';
import { messageOf } from '../../../shared/errors.ts';
import { prepareProcess } from '../../runtime/load.ts';
import { ensureCheckedRuntime } from '../../runtime/checked-runtime.ts';
import type { KernelForm, KernelValues } from './parts.ts';
import type { KernelCase } from './shapes.ts';

export interface KernelWork {
  readonly form: KernelForm;
  readonly cases: readonly KernelCase[];
}

/** `index` counts within the work that was given. */
export type FromKernelChild =
  | { readonly kind: 'begun'; readonly index: number }
  | { readonly kind: 'computed'; readonly index: number; readonly values: KernelValues }
  /** TensorFlow refused, in words. */
  | { readonly kind: 'refused'; readonly index: number; readonly reason: string };

export async function computeForParent(): Promise<void> {
  const work = await new Promise<KernelWork>((resolve) => {
    process.once('message', (message) => resolve(message as KernelWork));
  });
  prepareProcess(await ensureCheckedRuntime());
  const { computeCase } = await import('./compute.ts');
  for (const [index, of] of work.cases.entries()) {
    await tell({ kind: 'begun', index });
    try {
      await tell({ kind: 'computed', index, values: computeCase(of, work.form) });
    } catch (error) {
      await tell({ kind: 'refused', index, reason: messageOf(error) });
    }
  }
  process.disconnect();
}

function tell(message: FromKernelChild): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) throw new Error('The kernel check has no parent to tell.');
    process.send(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}
