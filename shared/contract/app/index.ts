// The contract between page and host, whole. The one barrel file: both ends need all of it.
import { compare } from './compare.ts';
import { curves } from './curves.ts';
import { datasets } from './datasets.ts';
import { exports } from './exports.ts';
import { imports } from './imports.ts';
import { predictions } from './predictions.ts';
import { outputs } from './outputs.ts';
import { library } from './library.ts';
import { reports } from './reports.ts';
import { runs } from './runs.ts';
import { studies } from './studies.ts';
import { system } from './system.ts';
import { zoo } from './zoo.ts';

/** Raised with every change that an older page or host would misread. */
export const CONTRACT_VERSION = 1;

export const appContract = {
  ...system,
  ...zoo,
  ...datasets,
  ...runs,
  ...compare,
  ...curves,
  ...exports,
  ...imports,
  ...predictions,
  ...outputs,
  ...library,
  ...reports,
  ...studies,
} as const;

export type AppContract = typeof appContract;
