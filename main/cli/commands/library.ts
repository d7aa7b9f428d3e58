// `resnet-lab library check|backup|restore|rebuild`: whether the library is sound, copies of its database, and
// records made again of what the runs' folders hold.
import type { Command } from 'commander';
import { formatBytes } from '../../../shared/format.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';

export function addLibraryCommands(parent: Command, cli: Cli): void {
  addCheck(parent, cli);
  addBackup(parent, cli);
  addRestore(parent, cli);
  addRebuild(parent, cli);
}

function addCheck(parent: Command, cli: Cli): void {
  parent
    .command('check')
    .description('read all runs, series and checkpoints, and name what is damaged')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { checkCheckpoints, checkLibrary, recordCheck } =
        await import('../../host/library-care.ts');
      await withHost(cli, options, async ({ library }) => {
        const terminal = terminalFor(cli, options);
        const findings = {
          ...checkLibrary(library),
          ...(await checkCheckpoints(library, (done, all) =>
            terminal.status(`Reading the checkpoints: run ${done + 1} of ${all} …`),
          )),
        };
        const { database, runs, damaged, withoutRecord, checkpoints, damagedCheckpoints } =
          findings;
        const isRecordSound = database.length + damaged.length === 0;
        const { isSound } = recordCheck(library.folder, 'full', findings);
        terminal.result({ isSound, ...findings }, () =>
          [
            isSound
              ? `The library is sound: ${runs} ${runs === 1 ? 'run' : 'runs'} with all series, ${checkpoints} ${checkpoints === 1 ? 'checkpoint' : 'checkpoints'}.`
              : '',
            ...database.map((line) => `database: ${line}`),
            ...[...damaged, ...damagedCheckpoints].map(({ id, problem }) => `${id}: ${problem}`),
            withoutRecord.length === 0
              ? ''
              : `Folders in runs/ that no run has: ${withoutRecord.join(', ')}`,
            isRecordSound ? '' : 'To go back to a backup: resnet-lab library restore',
            damagedCheckpoints.length === 0
              ? ''
              : 'Checkpoints are not in backups. To use another one of a run: --checkpoint best or N with evaluate and predict, --from with runs resume.',
          ]
            .filter((line) => line !== '')
            .join('\n'),
        );
        if (!isSound) cli.setExitCode(1);
      });
    });
}

function addBackup(parent: Command, cli: Cli): void {
  parent
    .command('backup')
    .description('copy the database of runs and series into backups/')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { listBackups, makeBackup } = await import('../../host/library-care.ts');
      await withHost(cli, options, async ({ library }) => {
        const backup = await makeBackup(library.folder);
        const all = listBackups(library.folder);
        terminalFor(cli, options).result(
          { backup, backups: all },
          () =>
            `${backup.file}, ${formatBytes(backup.sizeBytes)}; ${all.length} kept. Checkpoints are not in it: they are files in runs/.`,
        );
      });
    });
}

function addRestore(parent: Command, cli: Cli): void {
  parent
    .command('restore')
    .description('put a backup in the place of the database, which is kept beside it')
    .argument('[backup]', 'a file of backups/ (default: the newest)')
    .action(async (backup: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      // The database may not open: no host.
      const { homeFolder } = await import('../../host/home.ts');
      const { restoreBackup } = await import('../../host/library-care.ts');
      const restored = restoreBackup(homeFolder({ home: options.home, env: cli.env }), backup);
      terminalFor(cli, options).result(restored, () =>
        [
          `Restored the backup of ${restored.from.at}.`,
          ...(restored.replaced === undefined
            ? []
            : [`What was there before is ${restored.replaced}.`]),
        ].join('\n'),
      );
    });
}

function addRebuild(parent: Command, cli: Cli): void {
  parent
    .command('rebuild')
    .description("make records again of what the runs' folders hold; without their curves")
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      // The database may not open: no host.
      const { homeFolder } = await import('../../host/home.ts');
      const { rebuildLibrary } = await import('../../host/library-care.ts');
      const terminal = terminalFor(cli, options);
      const home = homeFolder({ home: options.home, env: cli.env });
      const rebuilt = await rebuildLibrary(home, (done, all) =>
        terminal.status(`Reading the folders of runs: ${done + 1} of ${all} …`),
      );
      terminal.result(rebuilt, () =>
        [
          rebuilt.runs.length === 0
            ? 'There is no run to rebuild: the library has a record of each folder.'
            : `${rebuilt.runs.length} ${rebuilt.runs.length === 1 ? 'run has a record' : 'runs have records'} again.`,
          ...rebuilt.runs.map(
            ({ id, name, from, lost }) =>
              `${id} (${name}), from its ${from}; lost: ${lost.join('; ')}`,
          ),
          ...rebuilt.failed.map(({ id, problem }) => `${id}: ${problem}`),
          ...(rebuilt.replaced === undefined
            ? []
            : [
                `What was there before is ${rebuilt.replaced}. Reports, settings and curves were in it; a backup may have them: resnet-lab library restore, then rebuild again.`,
              ]),
        ].join('\n'),
      );
      if (rebuilt.failed.length > 0) cli.setExitCode(1);
    });
}
