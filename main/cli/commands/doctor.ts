// `resnet-lab doctor`: what was chosen to train with and why, and what is in the way; with `--kernels`,
// whether it computes convolutions rightly on this processor; with `--selftest`, whether trainings come out right.
import type { Command } from 'commander';
import { terminalFor, type Cli, type GlobalOptions } from '../cli.ts';

interface DoctorOptions extends GlobalOptions {
  readonly kernels?: boolean;
  readonly selftest?: boolean;
  readonly seconds?: string;
}

export function addDoctor(parent: Command, cli: Cli): void {
  parent
    .command('doctor')
    .description('report TensorFlow, devices, drivers and known dead ends')
    .option('--kernels', 'compute convolutions of many shapes and name those that come out wrong')
    .option(
      '--selftest',
      'train ten steps of four networks on every device, float32 and mixed, and judge them',
    )
    .option('--seconds <n>', 'how long --kernels may take')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<DoctorOptions>();
      const { home, json = false } = options;
      if (options.kernels === true) {
        const { runKernelCheck } = await import('../../host/native-programs.ts');
        const { seconds } = options;
        cli.setExitCode(await runKernelCheck({ json, env: cli.env, seconds }));
        return;
      }
      if (options.selftest === true) {
        const { runSelftest } = await import('../../host/native-programs.ts');
        cli.setExitCode(await runSelftest({ json, env: cli.env }));
        return;
      }
      const terminal = terminalFor(cli, { json });
      const { examine } = await import('../../host/doctor.ts');
      const report = await examine({ home, env: cli.env });
      terminal.result(report.document, () => report.text);
    });
}
