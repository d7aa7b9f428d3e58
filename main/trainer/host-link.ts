// A job's host, as the job sees it: events go out, and it hears that it shall end.
import type { TrainEvent } from '../../shared/contract/trainer.ts';
import type { SubscriptionContext } from '../../shared/rpc/contract-types.ts';

type Points = Extract<TrainEvent, { kind: 'points' }>;

export interface HostLink<E = TrainEvent> {
  /** Resolves when the event is on its way. */
  send(event: E): Promise<void>;
  /** Resolves once the host has stored the points. */
  savePoints(series: Points['series']): Promise<void>;
  /** True once the host asked to stop. */
  readonly stopRequested: boolean;
}

/** What every job can tell. */
export type PreparingLink = Pick<HostLink<Extract<TrainEvent, { kind: 'preparing' }>>, 'send'>;

export function linkOf({
  emit,
  signal,
}: Pick<SubscriptionContext<TrainEvent>, 'emit' | 'signal'>): HostLink {
  return {
    send: (event) => emit(event),
    savePoints: (series) => emit({ kind: 'points', series }, { until: 'handled' }),
    get stopRequested() {
      return signal.aborted;
    },
  };
}
