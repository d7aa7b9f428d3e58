// What a training tells, as the page hears it.
import type { TrainingEvent } from '../training-events.ts';
import type { RunEventHub } from './run-event-hub.ts';

/** `onChange`: what the event tells of is in the library, where whoever listens is told of it. */
export function publishRunEvent(
  hub: RunEventHub,
  id: string,
  event: TrainingEvent,
  onChange: () => void,
): void {
  switch (event.kind) {
    case 'preparing': {
      const { message, fraction } = event;
      const progress = { message, ...(fraction === undefined ? {} : { fraction }) };
      hub.publish({ kind: 'preparing', id, progress });
      return;
    }
    case 'progress': {
      const { kind, loss, accuracy, ...known } = event;
      const progress = { ...known, loss: finiteOrNull(loss), accuracy: finiteOrNull(accuracy) };
      hub.publish({ kind, id, progress });
      return;
    }
    case 'evaluation':
      hub.publish({ kind: 'evaluation', id, facts: event.facts });
      onChange();
      return;
    case 'data':
    case 'prepared':
    case 'checkpoint':
      onChange();
      return;
    case 'data-note':
    case 'epoch':
    case 'created':
    case 'warning':
      return;
  }
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
