// The app itself: versions, what this host can do, the machine's state, settings.
import { z } from 'zod';
import { command, query, subscription } from '../../rpc/definition.ts';
import { Nothing } from './common.ts';

/** What differs between the Electron window and a browser. The page asks for these, never for a kind. */
export const Capabilities = z.object({
  /** The host can open a native dialog for a folder or file. */
  pickFolder: z.boolean(),
  /** Dropped files have a path on the host, so they are read where they lie. */
  dropPath: z.boolean(),
  /** The host can show a file in the system's file manager. */
  revealFile: z.boolean(),
  /** The host can print a page to PDF. */
  printPdf: z.boolean(),
});

export const AppInfo = z.object({
  version: z.string(),
  codeVersion: z.string(),
  platform: z.string(),
  libraryFolder: z.string(),
  /** What `~` stands for in a path on the host. */
  userFolder: z.string().optional(),
  capabilities: Capabilities,
});

export const DeviceState = z.object({
  kind: z.enum(['cpu', 'cuda']),
  name: z.string(),
  memoryUsedBytes: z.number(),
  memoryTotalBytes: z.number(),
  /** Share of the device at work, 0 to 1, if known. */
  load: z.number().nullable(),
  temperatureC: z.number().nullable(),
});

export const SystemState = z.object({
  devices: z.array(DeviceState),
  running: z.int(),
  waiting: z.int(),
  /** The trainers of this host. */
  trainers: z
    .array(
      z.object({
        run: z.string(),
        pid: z.int(),
        memoryBytes: z.number().nullable(),
        /** In cores: 1.5 is one and a half of them at work. */
        load: z.number().nullable(),
      }),
    )
    .optional(),
});

export const Theme = z.enum(['system', 'dark', 'light']);

/** Remembered per library. Unknown keys are kept, so that an older page loses nothing. */
export const Settings = z.looseObject({
  theme: Theme.default('system'),
  /** Per-page memory of columns, splitters, smoothing and the like, as the page sees fit. */
  views: z.record(z.string(), z.unknown()).default({}),
  /** Whether runs that ended with the app go on by themselves when it starts again. */
  resumeRuns: z.boolean().default(true),
});

/**
 * What the host asks of the page: a menu item was chosen, something was given to the app from outside,
 * or the page should tell the user something. Only a desktop window sends any; `serve` stays silent.
 */
export const HostRequest = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('show'), page: z.enum(['runs', 'newRun', 'datasets', 'settings']) }),
  /** Let the user pick a dataset and open it. */
  z.object({ kind: z.literal('pickDataset') }),
  z.object({ kind: z.literal('palette') }),
  z.object({ kind: z.literal('shortcuts') }),
  /** Change the setting, as if chosen on the settings page. */
  z.object({ kind: z.literal('theme'), theme: Theme }),
  /** Treat this path on the host as if it had been dropped on the window. */
  z.object({ kind: z.literal('open'), path: z.string() }),
  z.object({ kind: z.literal('note'), message: z.string() }),
]);

export const system = {
  'app.info': query(Nothing, AppInfo),
  /** Adding up a large library takes a moment. */
  'app.librarySize': query(Nothing, z.object({ sizeBytes: z.number() })),
  'app.settings': query(Nothing, Settings),
  /** Merges the given keys; `views` is merged key by key. */
  'app.changeSettings': command(z.record(z.string(), z.unknown()), Settings),
  /** Every two seconds. */
  'app.state': subscription(Nothing, SystemState),
  /** What `resnet-lab doctor` prints. */
  'app.doctor': query(Nothing, z.object({ text: z.string() })),
  'app.pickFolder': command(
    z.object({
      title: z.string(),
      /** Where a dialog can't offer both (Windows, Linux), it offers this. */
      kind: z.enum(['folder', 'file']).default('folder'),
    }),
    z.object({ path: z.string().nullable() }),
  ),
  /** Prints a self-contained HTML document; it reaches no network. Needs `capabilities.printPdf`. */
  'app.printPdf': command(
    z.object({ html: z.string().max(30 * 2 ** 20) }),
    z.object({ pdf: z.instanceof(Uint8Array) }),
  ),
  'app.revealFile': command(z.object({ path: z.string() }), Nothing),
  /** Requests that came before the first subscriber are kept for it. */
  'app.requests': subscription(Nothing, HostRequest),
} as const;

export type AppInfo = z.output<typeof AppInfo>;
export type Capabilities = z.output<typeof Capabilities>;
export type DeviceState = z.output<typeof DeviceState>;
export type SystemState = z.output<typeof SystemState>;
export type Settings = z.output<typeof Settings>;
export type Theme = z.output<typeof Theme>;
export type HostRequest = z.output<typeof HostRequest>;
