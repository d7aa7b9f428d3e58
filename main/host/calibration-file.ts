// How far the confidence of a run's judged checkpoint can be trusted, kept beside the outputs that it follows from, so
// that a report shows it without reading those.
import fs from 'node:fs';
import { CalibrationReport } from '../../shared/contract/app/outputs.ts';
import type { Library } from '../store/library.ts';
import type { RunRecord } from '../store/run-record.ts';
import { outputsFile } from './run-outputs.ts';

/** Undefined if it was not looked at yet, or of an older checkpoint. */
export function readCalibration(library: Library, run: RunRecord): CalibrationReport | undefined {
  const file = fileOf(library, run);
  if (file === undefined || !fs.existsSync(file)) return undefined;
  try {
    return CalibrationReport.parse(JSON.parse(fs.readFileSync(file, 'utf8')));
  } catch {
    // Of another version, or cut short: it is made again when somebody looks.
    return undefined;
  }
}

/** Where the outputs are kept. */
export function writeCalibration(
  library: Library,
  run: RunRecord,
  report: CalibrationReport,
): void {
  const file = fileOf(library, run);
  if (file === undefined) return;
  const partial = `${file}.${process.pid}.partial`;
  try {
    fs.writeFileSync(partial, JSON.stringify(report));
    fs.renameSync(partial, file);
  } finally {
    fs.rmSync(partial, { force: true });
  }
}

function fileOf(library: Library, run: RunRecord): string | undefined {
  return outputsFile(library, run)?.replace(/\.safetensors$/, '.calibration.json');
}
