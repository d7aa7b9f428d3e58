// How a dataset folder is to be read, as options of commands.
import { inputError } from '../../shared/errors.ts';
import { LAYOUT_NAMES, LayoutName } from '../../shared/spec/layout.ts';
import type { PixelRules } from '../../shared/spec/pixel-rules.ts';
import { newDataSpec, type DataSpec } from '../../shared/spec/run.ts';
import { userPath } from '../host/user-path.ts';

export interface FolderOptions {
  readonly layout?: string;
  readonly mergeClasses?: boolean;
  readonly columns?: string;
}

export const LAYOUT_HELP = `what the levels of the folder are, from the outside in: ${LAYOUT_NAMES.join(', ')} (default: what is clear from their names)`;
export const COLUMNS_HELP =
  'of a list of labels beside the images: image=NAME,label=NAME[,split=NAME][,file=LIST.csv] (default: what is clear from it)';
export const MERGE_HELP = 'classes whose names differ only in case, spaces or accents are one';

export function absoluteSource(source: string): string {
  return source.startsWith('builtin:') ? source : userPath(source);
}

/** `rules` are those of the library for this source, where it has some. @throws inputError `unknown-layout` */
export function dataFrom(
  source: string,
  { layout, mergeClasses, columns }: FolderOptions,
  rules: PixelRules = {},
): DataSpec {
  return {
    ...newDataSpec(absoluteSource(source)),
    ...rules,
    ...(layout === undefined ? {} : { layout: parseLayout(layout) }),
    ...(columns === undefined ? {} : { columns }),
    ...(mergeClasses === true ? { mergeClasses } : {}),
  };
}

function parseLayout(text: string): LayoutName {
  const parsed = LayoutName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw inputError(
    'unknown-layout',
    `There is no layout "${text}"; --layout takes one of ${LAYOUT_NAMES.join(', ')}.`,
    { path: '--layout' },
  );
}
