// The states of a job and what moves it from one to the next. Everything that is scheduled follows this
// table: trainings of the library's queue, a command line's trainings, and short work on a device. A run
// in the library has the same states under the names of its status.
import type { RunStatus } from '../../../shared/contract/run-status.ts';

export type JobState =
  /** For a device, or for the jobs it comes after. */
  | 'waiting'
  /** Taken out of the order until somebody resumes it. */
  | 'paused'
  | 'running'
  /** These four still hold their device: they were asked to end and have not ended yet. */
  | 'pausing'
  | 'stopping'
  | 'cancelling'
  | 'closing'
  | 'finished'
  /** Ended because that was asked for. */
  | 'stopped'
  | 'failed';

/** What others ask of a job. `stop` lets it save what it has, `cancel` does not. */
export type JobRequestKind = 'pause' | 'resume' | 'stop' | 'cancel';

export type JobEvent =
  | JobRequestKind
  /** It is given a device. */
  | 'start'
  /** The process ends; the job is to go on when the next one begins. */
  | 'close'
  /** Its work has ended well, ended because that was asked for, or failed. */
  | 'finish'
  | 'halt'
  | 'fail';

type Transitions = Readonly<Partial<Record<JobEvent, JobState>>>;

export const jobTransitions: Readonly<Record<JobState, Transitions>> = {
  waiting: {
    start: 'running',
    pause: 'paused',
    resume: 'waiting',
    stop: 'stopped',
    cancel: 'stopped',
    fail: 'failed',
  },
  paused: { resume: 'waiting', stop: 'stopped', cancel: 'stopped', fail: 'failed' },
  running: {
    pause: 'pausing',
    stop: 'stopping',
    cancel: 'cancelling',
    close: 'closing',
    finish: 'finished',
    fail: 'failed',
  },
  pausing: {
    pause: 'pausing',
    stop: 'stopping',
    cancel: 'cancelling',
    close: 'pausing',
    finish: 'finished',
    halt: 'paused',
    fail: 'failed',
  },
  stopping: {
    pause: 'pausing',
    stop: 'stopping',
    cancel: 'cancelling',
    close: 'stopping',
    finish: 'finished',
    halt: 'stopped',
    fail: 'failed',
  },
  cancelling: {
    pause: 'cancelling',
    stop: 'cancelling',
    cancel: 'cancelling',
    close: 'cancelling',
    finish: 'finished',
    halt: 'stopped',
    fail: 'failed',
  },
  closing: {
    pause: 'pausing',
    stop: 'stopping',
    cancel: 'cancelling',
    close: 'closing',
    finish: 'finished',
    halt: 'waiting',
    fail: 'failed',
  },
  finished: {},
  stopped: { resume: 'waiting' },
  failed: { resume: 'waiting' },
};

/** Undefined where the event means nothing in that state. */
export function nextState(state: JobState, event: JobEvent): JobState | undefined {
  return jobTransitions[state][event];
}

export function holdsDevice(state: JobState): boolean {
  return nextState(state, 'finish') !== undefined;
}

export function hasEnded(state: JobState): boolean {
  return state === 'finished' || state === 'stopped' || state === 'failed';
}

/** The library keeps a run's state as its status; one that is interrupted has ended, or its process has. */
export function stateOfStatus(status: RunStatus): JobState {
  switch (status) {
    case 'queued':
      return 'waiting';
    case 'interrupted':
      return 'stopped';
    case 'running':
    case 'paused':
    case 'finished':
    case 'failed':
      return status;
  }
}
