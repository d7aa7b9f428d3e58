// What a data spec says of how a source is opened, for everyone who opens one.
import type { DataSpec } from '../../shared/spec/run.ts';
import type { OpenOptions } from './open.ts';

/** A whole data spec, or the part of one that a page gives. */
type Given = Pick<DataSpec, 'source'> & {
  readonly [Field in Exclude<keyof DataSpec, 'source'>]?: DataSpec[Field] | undefined;
};

export type DataSpecOptions = Pick<OpenOptions, keyof DataSpec>;

/** Data that names no rules was recorded before there were several: it is opened as it was then. */
export function dataSpecOptions(data: Given): DataSpecOptions {
  return { ...data, rules: data.rules ?? 1 };
}
