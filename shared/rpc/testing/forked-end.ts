// The other end of a wire between processes, forked or Electron's: serves the example or plays a script, as its arguments say. Notes
// go to stdout, one a line. Bundled and started by the tests of those wires.
import { processWire } from '../process-wire.ts';
import { parentPortWire, type ParentPort } from '../utility-wire.ts';
import { serveExample } from './example-service.ts';
import { playScript } from './script.ts';

interface Program {
  readonly argv: readonly string[];
  readonly stdout: { write(text: string): void };
  readonly parentPort?: ParentPort;
  exit(): void;
}

export interface ForkedPart {
  readonly limitBytes?: number;
  /** Messages as lists of bytes. */
  readonly script?: readonly (readonly (readonly number[])[])[];
}

declare const process: Program & Parameters<typeof processWire>[0];

const part = JSON.parse(process.argv[2] ?? '{}') as ForkedPart;
const { parentPort } = process;
const wire = parentPort === undefined ? processWire(process) : parentPortWire(parentPort);
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
