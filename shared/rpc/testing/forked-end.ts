// The other end of a process wire: serves the example or plays a script, as its arguments say. Notes
// go to stdout, one a line. Bundled and forked by process-wire.test.ts.
import { processWire } from '../process-wire.ts';
import { serveExample } from './example-service.ts';
import { playScript } from './script.ts';

interface Program {
  readonly argv: readonly string[];
  readonly stdout: { write(text: string): void };
}

export interface ForkedPart {
  readonly limitBytes?: number;
  /** Messages as lists of bytes. */
  readonly script?: readonly (readonly (readonly number[])[])[];
}

declare const process: Program & Parameters<typeof processWire>[0];

const part = JSON.parse(process.argv[2] ?? '{}') as ForkedPart;
const wire = processWire(process);
if (part.script === undefined) {
  serveExample(wire, {
    note: (text) => process.stdout.write(`${text}\n`),
    ...(part.limitBytes === undefined ? {} : { limitBytes: part.limitBytes }),
  });
} else {
  playScript(
    wire,
    part.script.map((messages) => messages.map((bytes) => Uint8Array.from(bytes))),
  );
}
