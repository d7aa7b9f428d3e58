// A host as a process of its own, for tests that kill it: `node host-process.mjs LIBRARY TRAINER SPEC`
// queues the spec, if one is given, and prints a line of JSON for whatever happens to runs.
import { appContract } from '../../../shared/contract/app/index.ts';
import type { RunEvent } from '../../../shared/contract/app/runs.ts';
import { ensureCheckedRuntime } from '../../runtime/checked-runtime.ts';
import { openLibrary } from '../../store/library.ts';
import { AppServices } from '../app-services.ts';
import { chromiumPrinter } from '../print-pdf.ts';
import { forkLauncher } from '../trainer-launcher.ts';

const [folder = '', trainer = '', spec] = process.argv.slice(2);
const { env } = process;
const services = new AppServices({
  library: openLibrary(folder),
  launcher: forkLauncher(trainer),
  ensureRuntime: ({ onProgress, signal }) => ensureCheckedRuntime({ env, onProgress, signal }),
  codeVersion: 'test',
  printPdf: chromiumPrinter({ env: process.env }),
  pageScript: () => '',
  networkScript: () => '',
  env,
});
const context = {
  signal: new AbortController().signal,
  client: { id: 'test', closed: new AbortController().signal },
};
void services.handlers['runs.events'](
  {},
  {
    ...context,
    emit: (event) => {
      process.stdout.write(`${JSON.stringify(event satisfies RunEvent)}\n`);
      return Promise.resolve();
    },
  },
);
if (spec !== undefined) {
  const request = appContract['runs.start'].input.parse(JSON.parse(spec));
  await services.handlers['runs.start'](request, context);
}
