// The app itself: what it is, what it can do here, its settings, the machine. What only a desktop can
// do is given by the host that has one.
import os from 'node:os';
import type { Capabilities } from '../../../shared/contract/app/system.ts';
import { Settings } from '../../../shared/contract/app/system.ts';
import { inputError } from '../../../shared/errors.ts';
import { folderBytes } from '../../runtime/cache.ts';
import type { Library } from '../../store/library.ts';
import { examine } from '../doctor.ts';
import type { HostParts } from '../host-parts.ts';
import type { AppHandlers, HandlersOf } from './handlers.ts';
import { asObject } from './run-rows.ts';
import type { SystemMonitor } from './system-state.ts';

/** Answers of a host with a desktop, in place of those that say that there is none. */
export type DesktopHandlers = Partial<
  Pick<AppHandlers, 'app.pickFolder' | 'app.revealFile' | 'app.requests'>
>;

export interface SystemOptions {
  readonly parts: HostParts;
  readonly monitor: SystemMonitor;
  readonly capabilities: Capabilities;
  readonly desktop: DesktopHandlers;
}

export function createSystemService(options: SystemOptions): HandlersOf<'app'> {
  const { parts, monitor, capabilities } = options;
  const { library } = parts;
  /** Several pages that ask at once share the work, which takes seconds where there are many files. */
  let adding: Promise<number> | undefined;
  return {
    'app.info': () =>
      Promise.resolve({
        version: parts.codeVersion.split('+')[0] ?? parts.codeVersion,
        codeVersion: parts.codeVersion,
        platform: process.platform,
        libraryFolder: library.folder,
        userFolder: os.homedir(),
        capabilities,
      }),
    'app.librarySize': async () => {
      adding ??= folderBytes(library.folder).finally(() => (adding = undefined));
      return { sizeBytes: await adding };
    },
    'app.settings': () => Promise.resolve(readSettings(library)),
    'app.changeSettings': (changes) => {
      library.settings.change((current) => {
        const views = { ...asObject(current['views']), ...asObject(changes['views']) };
        const merged = { ...changes, ...('views' in changes ? { views } : {}) };
        requireValid({ ...current, ...merged });
        return merged;
      });
      return Promise.resolve(readSettings(library));
    },
    'app.state': (_input, { signal, emit }) =>
      monitor.follow((state) => emit(state, { latest: 'state' }), signal),
    'app.doctor': async () => ({
      text: (await examine({ home: library.folder, env: parts.env })).text,
    }),
    'app.pickFolder': () => Promise.reject(noDesktop('Type or paste the path instead.')),
    'app.printPdf': async ({ html }, { signal }) => ({
      pdf: await parts.printPdf({ html, signal }),
    }),
    'app.revealFile': ({ path }) => Promise.reject(noDesktop(`It lies at ${path}.`)),
    'app.requests': async (_input, { signal }) => {
      if (signal.aborted) return;
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
    ...options.desktop,
  };
}

export function readSettings(library: Library): Settings {
  const stored = library.settings.readAll();
  const parsed = Settings.safeParse(stored);
  if (parsed.success) return parsed.data;
  // Of a later version, say. The settings that this one can't read have their defaults meanwhile.
  const wrong = new Set(parsed.error.issues.map((issue) => issue.path[0]));
  return Settings.parse(
    Object.fromEntries(Object.entries(stored).filter(([name]) => !wrong.has(name))),
  );
}

function requireValid(settings: Readonly<Record<string, unknown>>): void {
  const parsed = Settings.safeParse(settings);
  if (parsed.success) return;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw inputError(
    'bad-setting',
    `The setting "${where}" can't be that: ${issue?.message ?? ''}.`,
    {
      path: where,
    },
  );
}

function noDesktop(advice: string): Error {
  return inputError('no-desktop', `The app runs in a browser here, without a desktop. ${advice}`);
}
