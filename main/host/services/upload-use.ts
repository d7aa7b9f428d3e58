// Whether anything in the library reads what a browser has sent: a dataset, or the data or weights of a run,
// deleted or not.
import type { Library } from '../../store/library.ts';
import { RunSpec } from '../../../shared/spec/run.ts';

export function isUploadUsed(library: Library, upload: string): boolean {
  const isInside = (source: string | undefined): boolean =>
    source?.split(/[\\/]/).includes(upload) ?? false;
  if (library.datasets.list().some(({ source }) => isInside(source))) return true;
  return [false, true].some((deleted) =>
    library.runs.list({ deleted }).runs.some(({ id }) => {
      const run = library.runs.find(id);
      const spec = RunSpec.safeParse(run?.spec);
      if (spec.success) return isInside(spec.data.data.source) || isInside(spec.data.weights);
      // Of an imported run, or of another version, which may name it anywhere.
      return JSON.stringify(run?.spec ?? null).includes(upload);
    }),
  );
}
