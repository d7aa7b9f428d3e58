// All commands in one tree. Usage errors are thrown, never printed here: `reportError` says them in the
// same form as every other error.
import { Command } from 'commander';
import { codeVersion } from '../host/code-version.ts';
import type { Cli } from './cli.ts';
import { addBench } from './commands/bench.ts';
import { addDataAugment } from './commands/data-augment.ts';
import { addDataDownload } from './commands/data-download.ts';
import { addDataInspect } from './commands/data-inspect.ts';
import { addDataDecisions, addDataRestore } from './commands/data-decisions.ts';
import { addDataKeep, addDataLeaveOut, addDataRelabel } from './commands/data-leave-out.ts';
import { addDataRelink } from './commands/data-relink.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addExplain } from './commands/explain.ts';
import { addExport } from './commands/export.ts';
import { addLibraryCommands } from './commands/library.ts';
import { addMcp } from './commands/mcp.ts';
import { addPredict } from './commands/predict.ts';
import { addProbe } from './commands/probe.ts';
import { addRecipes } from './commands/recipes.ts';
import { addReport } from './commands/report.ts';
import { addRunsDelete } from './commands/runs-delete.ts';
import { addRunsExtend } from './commands/runs-extend.ts';
import { addRunsImport } from './commands/runs-import.ts';
import { addRunsList } from './commands/runs-list.ts';
import { addRunsPurge } from './commands/runs-purge.ts';
import { addRunsRestore } from './commands/runs-restore.ts';
import { addRunsResume } from './commands/runs-resume.ts';
import { addRunsMistakes } from './commands/runs-mistakes.ts';
import { addRunsSeries } from './commands/runs-series.ts';
import { addRunsShow } from './commands/runs-show.ts';
import { addRunsTrash } from './commands/runs-trash.ts';
import { addSchema } from './commands/schema.ts';
import { addServe } from './commands/serve.ts';
import { addStart } from './commands/start.ts';
import { addStudy } from './commands/study.ts';
import { addTrain } from './commands/train.ts';
import { addZooDescribe } from './commands/zoo-describe.ts';
import { addZooList } from './commands/zoo-list.ts';

export function createProgram(cli: Cli): Command {
  const program = new Command('resnet-lab')
    .description(
      'Train residual networks on your own images, watch every block learn, compare variants fairly.',
    )
    .version(codeVersion)
    .option('--home <dir>', "the library folder (default: RESNET_LAB_HOME, else the platform's)")
    .option('--json', 'print one machine-readable document on stdout')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void cli.stdout.write(text),
      writeErr: (text) => void cli.stderr.write(text),
      outputError: () => undefined,
    });
  addStart(program, cli);
  addDemo(program, cli);
  addDoctor(program, cli);
  const zoo = group(program, 'zoo', 'the architectures that have a name');
  addZooList(zoo, cli);
  addZooDescribe(zoo, cli);
  const data = group(program, 'data', 'datasets');
  addDataAugment(data, cli);
  addDataDownload(data, cli);
  addDataInspect(data, cli);
  addDataLeaveOut(data, cli);
  addDataRelabel(data, cli);
  addDataKeep(data, cli);
  addDataDecisions(data, cli);
  addDataRestore(data, cli);
  addDataRelink(data, cli);
  addTrain(program, cli);
  addEvaluate(program, cli);
  addPredict(program, cli);
  addExplain(program, cli);
  addProbe(program, cli);
  addStudy(program, cli);
  addRecipes(program, cli);
  const runs = group(program, 'runs', 'what has been trained');
  addRunsList(runs, cli);
  addRunsShow(runs, cli);
  addRunsSeries(runs, cli);
  addRunsMistakes(runs, cli);
  addRunsResume(runs, cli);
  addRunsExtend(runs, cli);
  addRunsDelete(runs, cli);
  addRunsRestore(runs, cli);
  addRunsTrash(runs, cli);
  addRunsPurge(runs, cli);
  addRunsImport(runs, cli);
  addExport(program, cli);
  addReport(program, cli);
  addLibraryCommands(group(program, 'library', 'the library itself'), cli);
  addServe(program, cli);
  addMcp(program, cli);
  addSchema(program, cli);
  addBench(program, cli);
  return program;
}

function group(program: Command, name: string, description: string): Command {
  return program.command(name).description(description);
}
