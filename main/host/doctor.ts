// What the machine and the native library look like, for people who wonder why training is slow or
// does not start. Changes nothing.
import { diagnose, type Diagnosis } from '../runtime/doctor.ts';
import { formatDiagnosis } from '../runtime/format-diagnosis.ts';
import { codeVersion } from './code-version.ts';
import { homeFolder } from './home.ts';
import type { Environment } from './trainer-launcher.ts';

export interface DoctorReport {
  readonly document: Diagnosis & { readonly codeVersion: string; readonly home: string };
  readonly text: string;
}

export async function examine(options: {
  readonly home?: string | undefined;
  readonly env: Environment;
}): Promise<DoctorReport> {
  const diagnosis = await diagnose({ env: options.env });
  const home = homeFolder(options);
  const text = `${formatDiagnosis(diagnosis).trimEnd()}\n\nResNet Lab\n  version     ${codeVersion}\n  library     ${home}\n`;
  return { document: { ...diagnosis, codeVersion, home }, text };
}
