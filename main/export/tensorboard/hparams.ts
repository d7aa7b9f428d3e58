// A run's settings for TensorBoard's HParams page: which there are (`experiment`), what this run has
// (`session_start_info`), how it ended (`session_end_info`). Pure.
import type { RunStatus } from '../../../shared/contract/run-status.ts';
import { encodeHParams, type HParamsMessage, type HParamValue } from './event-messages.ts';
import type { ValueMessage } from './event-messages.ts';

/** A leaf of the spec by its path, such as `recipe.optimizer.momentum`. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

const DATA_TYPES = { string: 1, boolean: 2, number: 3 } as const;
const SESSION_STATUS = { unknown: 0, success: 1, failure: 2, running: 3 } as const;

/** The leaves of a JSON document. Lists of plain values are one text, null is left out. */
export function flatSettings(document: unknown, path = ''): Settings {
  if (typeof document === 'string' || typeof document === 'boolean') return { [path]: document };
  if (typeof document === 'number') return { [path]: document };
  if (typeof document !== 'object' || document === null) return {};
  if (Array.isArray(document) && document.every((item) => typeof item !== 'object')) {
    return { [path]: document.join(', ') };
  }
  return Object.fromEntries(
    Object.entries(document).flatMap(([key, value]) =>
      Object.entries(flatSettings(value, path === '' ? key : `${path}.${key}`)),
    ),
  );
}

export interface SessionStart {
  readonly experiment: string;
  readonly settings: Settings;
  /** Tags of scalars that the page shows as results. */
  readonly metrics: readonly string[];
  /** Runs of one group are averaged there. */
  readonly group: string;
  readonly startedAtSeconds: number;
}

/** `experiment` and `session_start_info`, for the first event of a run. */
export function sessionStart(start: SessionStart): ValueMessage[] {
  const { experiment, settings, metrics, group, startedAtSeconds } = start;
  const entries = Object.entries(settings);
  return [
    value('experiment', {
      experiment: {
        name: experiment,
        timeCreatedSecs: startedAtSeconds,
        hparamInfos: entries.map(([name, setting]) => ({
          name,
          type: DATA_TYPES[typeof setting as keyof typeof DATA_TYPES],
        })),
        metricInfos: metrics.map((tag) => ({ name: { tag } })),
      },
    }),
    value('session_start_info', {
      sessionStartInfo: {
        hparams: Object.fromEntries(entries.map(([name, setting]) => [name, valueOf(setting)])),
        groupName: group,
        startTimeSecs: startedAtSeconds,
      },
    }),
  ];
}

export function sessionEnd(status: RunStatus, endedAtSeconds: number): ValueMessage {
  return value('session_end_info', {
    sessionEndInfo: { status: SESSION_STATUS[sessionStatus(status)], endTimeSecs: endedAtSeconds },
  });
}

function sessionStatus(status: RunStatus): keyof typeof SESSION_STATUS {
  switch (status) {
    case 'finished':
      return 'success';
    case 'failed':
      return 'failure';
    case 'running':
      return 'running';
    case 'queued':
    case 'paused':
    case 'interrupted':
      return 'unknown';
  }
}

/** TensorBoard keeps HParams as the metadata of a tensor that holds a zero. */
function value(name: string, message: HParamsMessage): ValueMessage {
  return {
    tag: `_hparams_/${name}`,
    tensor: { dtype: 1, shape: { dim: [{ size: 1 }] }, floatVal: [0] },
    metadata: { pluginData: { pluginName: 'hparams', content: encodeHParams(message) } },
  };
}

function valueOf(setting: string | number | boolean): HParamValue {
  if (typeof setting === 'string') return { stringValue: setting };
  return typeof setting === 'number' ? { numberValue: setting } : { boolValue: setting };
}
