// An end of a wire that says what it was told to say, right or wrong: to see what the other makes of it.
import type { Wire, WireMessage } from '../wire.ts';

/** What is sent in answer to the first message, the second, … */
export type Script = readonly (readonly WireMessage[])[];

export function playScript(wire: Wire, script: Script): void {
  let received = 0;
  wire.attach({
    onOpen: () => undefined,
    onMessage: () => {
      for (const message of script[received++] ?? []) wire.send(message);
    },
    onDown: () => undefined,
  });
}
