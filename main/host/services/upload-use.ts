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
      const spec = RunSpec.safeParse(library.runs.find(id)?.spec);
      // A spec that can't be read here may name it.
      return !spec.success || isInside(spec.data.data.source) || isInside(spec.data.weights);
    }),
  );
}
