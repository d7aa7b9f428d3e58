// What each command prints with --json, for scripts. Within a version fields are only added; a field that
// goes away or comes to mean something else makes a new version. Checked against the program, against
// docs/automation.md and against what the commands print, in documents.test.ts.
import { z } from 'zod';
import { RUN_STATUSES } from '../../shared/contract/run-status.ts';

export interface CommandDocument {
  /** 1 as long as no field was taken away. */
  readonly version: number;
  readonly schema: z.ZodType;
  /** Where the command has none, or what is not said by names. */
  readonly note?: string;
}

const text = z.string();
const count = z.int().min(0);
const maybeNumber = z.number().nullable();
const anything = z.looseObject({});
const id = text.describe('A run’s id.');

const Run = z.looseObject({
  id,
  name: text,
  group: text.nullable(),
  architecture: text,
  seed: z.int(),
  status: z.enum(RUN_STATUSES),
  createdAt: z.iso.datetime(),
  dataName: text,
  dataFingerprint: text,
  step: count,
  totalSteps: count,
  epoch: z.number(),
  elapsedMs: z.number(),
  metrics: z.record(text, maybeNumber),
  checkpoints: anything,
  error: z.unknown(),
  imported: anything.nullable(),
});
const RunWithFolder = Run.extend({ spec: z.unknown(), folder: text });
const Failed = z.array(z.looseObject({ id, error: anything }));
const SeriesDocument = z.looseObject({
  name: text,
  unit: text,
  labels: z.array(text),
  steps: z.array(z.int()),
  elapsedMs: z.array(maybeNumber),
  values: z.array(maybeNumber),
});

/** The same for every command, on stdout with exit code 1 or 2. */
export const ErrorAnswer = z.looseObject({
  error: z.looseObject({ code: text, message: text, details: anything }),
});

const one = (schema: z.ZodType, note?: string): CommandDocument => ({
  ...{ version: 1, schema },
  ...(note === undefined ? {} : { note }),
});
const object = (shape: z.ZodRawShape, note?: string): CommandDocument =>
  one(z.looseObject(shape), note);

const severalRuns = (run: z.ZodObject, note: string): CommandDocument =>
  one(z.union([run, z.looseObject({ runs: z.array(run) })]), note);
const ONE_OR_SEVERAL = 'One run as it is; several as {runs, failed}.';

export const DOCUMENTS: Readonly<Record<string, CommandDocument>> = {
  start: object({ url: text }, 'When the app is served to a browser, once it listens.'),
  demo: object({ conclusion: text }),
  doctor: object({ codeVersion: text, home: text }),
  'zoo list': object({ architectures: z.array(z.looseObject({ name: text })) }),
  'zoo describe': object({ parameters: count, macs: count, layers: z.array(anything) }),
  'data augment': object({ out: text, augmentation: z.unknown() }),
  'data download': object({ source: text, wasFetched: z.boolean() }),
  'data inspect': object({ fingerprint: text, classes: z.array(anything) }),
  'data leave-out': object({ source: text, leftOut: z.array(z.unknown()), total: count }),
  'data relabel': object({ source: text, files: z.array(text), decision: text, class: text }),
  'data keep': object({ source: text, files: z.array(text), decision: text }),
  'data decisions': object({ source: text, decisions: z.array(anything) }),
  'data restore': object({ source: text, restored: z.int(), leftOut: z.array(z.unknown()) }),
  'data relink': object({ from: text, to: text, runs: count }),
  train: severalRuns(RunWithFolder, 'One seed: its run; several: {runs}.'),
  evaluate: object(
    { weights: text, examples: count, loss: maybeNumber },
    'A classifier: accuracy and top5; an autoencoder: elbo {reconstruction, divergence}.',
  ),
  predict: object({ weights: text }, 'Images: predictions and failed; a tensor file: out.'),
  explain: object(
    { run: id, step: count, image: text, method: text, out: text, files: z.array(text) },
    'Maps are in explanation.json, row by row.',
  ),
  recipes: object({ recipes: z.array(z.looseObject({ name: text, recipe: anything })) }),
  'runs list': object({ runs: z.array(Run), total: count, damaged: z.array(text) }),
  'runs show': one(RunWithFolder.extend({ series: z.array(anything) })),
  'runs series': object({ run: id, series: z.array(SeriesDocument) }),
  'runs mistakes': object({ run: id, examples: count, classes: z.array(anything) }),
  'runs resume': one(RunWithFolder),
  'runs extend': one(RunWithFolder),
  'runs delete': severalRuns(z.looseObject({ id, forGood: z.boolean() }), ONE_OR_SEVERAL),
  'runs restore': severalRuns(RunWithFolder, ONE_OR_SEVERAL),
  'runs trash': object({ runs: z.array(anything), sizeBytes: count, keptDays: z.number() }),
  'runs purge': object({ ids: z.array(id), freedBytes: count, failed: Failed }),
  'runs import': object({ added: z.array(id), known: z.array(id) }, '--dry-run: {runs, notUsed}.'),
  probe: one(anything),
  study: one(anything, '`study list`: {studies}.'),
  export: one(anything, 'TensorBoard: {folder, files}; a network: {run, …} for each format.'),
  report: object({ folder: text, runs: z.array(id), files: z.array(anything) }),
  'library check': object({ isSound: z.boolean() }),
  'library backup': object({ backup: z.looseObject({ file: text }), backups: z.array(anything) }),
  'library rebuild': one(anything),
  'library restore': one(anything),
  serve: object({ url: text }, 'Once it listens.'),
  mcp: one(z.never(), 'None: it speaks the Model Context Protocol.'),
  bench: one(z.unknown(), 'A list of measurements.'),
  schema: object({ command: text, version: z.int(), schema: anything }),
};

/** The document's JSON Schema, of draft 2020-12. */
export function schemaOf({ schema }: CommandDocument): Record<string, unknown> {
  return z.toJSONSchema(schema);
}

/** The table of docs/automation.md. */
export function documentTable(): string {
  const rows = Object.entries(DOCUMENTS).map(
    ([command, document]) =>
      `| \`${command}\` | ${document.version} | ${fieldsOf(document)} | ${document.note ?? ''} |`,
  );
  return ['| Command | Version | Always there | Note |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

function fieldsOf(document: CommandDocument): string {
  const { required, anyOf } = schemaOf(document) as {
    readonly required?: readonly string[];
    readonly anyOf?: readonly { readonly required?: readonly string[] }[];
  };
  const names = required ?? anyOf?.[0]?.required ?? [];
  return names.length === 0 ? '' : names.map((name) => `\`${name}\``).join(', ');
}
