// How the folders of a dataset are read. A layout names the levels from the outside in: `split/class` is
// train/cat/1.jpg, `class/split` is cat/train/1.jpg.
import { z } from 'zod';

/**
 * `folder` is a level that means nothing: its folders are read as one. `train/class` is `split/class`
 * without a val folder that has no class folders. `class+split` are class folders with a val or test
 * folder among them. `split/class+list` is `split/class` where a list of labels says what the images of a
 * val or test folder without class folders are. `list`: a file of labels says what all images are.
 * `parquet`: images and labels are columns of Parquet files, also where images lie beside them.
 */
export const LAYOUT_NAMES = [
  'class',
  'split/class',
  'split/class+list',
  'train/class',
  'class/split',
  'class+split',
  'folder/class',
  'folder/split/class',
  'split/folder/class',
  'list',
  'parquet',
] as const;

export const LayoutName = z.enum(LAYOUT_NAMES);
export type LayoutName = z.output<typeof LayoutName>;

/** Of how folders are read and validation splits are drawn; runs of before have none, which means 1. */
export const DATA_RULES = 2;
