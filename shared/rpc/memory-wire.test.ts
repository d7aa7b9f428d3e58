import { memoryWirePair } from './memory-wire.ts';
import { testConformance } from './testing/conformance.ts';
import { serveExample } from './testing/example-service.ts';
import { createNotes } from './testing/notes.ts';
import { playScript } from './testing/script.ts';

testConformance('memory', {
  serve: (options) => {
    const [wire, other] = memoryWirePair();
    const notes = createNotes();
    serveExample(other, { note: notes.add, ...options });
    return Promise.resolve({ wire, notes });
  },
  play: (script) => {
    const [wire, other] = memoryWirePair();
    playScript(other, script);
    return Promise.resolve(wire);
  },
});
