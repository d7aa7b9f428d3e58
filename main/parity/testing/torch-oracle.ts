// One Python process that answers many cases (`torch_oracle.py serve`): importing PyTorch takes longer
// than a small case.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import { parseFixture, type Fixture } from '../fixture.ts';

/** Beside the sources; a bundle says where they are. */
const besideSources = new URL('../torch_oracle.py', import.meta.url).pathname;

const Counts = z.strictObject({ parameters: z.int(), macs: z.int() });

/** The interpreter of `PYTHON`, or `python3`, if it has PyTorch. */
export function findPythonWithTorch(): string | undefined {
  return [process.env['PYTHON'], 'python3'].find((candidate) => {
    if (candidate === undefined) return false;
    try {
      execFileSync(candidate, ['-c', 'import torch, safetensors'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

export interface OracleCase {
  readonly spec: ArchitectureSpec;
  readonly height: number;
  readonly width: number;
  readonly steps: number;
  readonly seed: number;
  readonly rate: number;
}

export class TorchOracle {
  private readonly process: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private readonly folder = mkdtempSync(join(tmpdir(), 'resnet-lab-oracle-'));
  private asked = 0;

  constructor(python: string, script = besideSources) {
    this.process = spawn(python, [script, 'serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (!this.process.stdout) throw new Error('The oracle has no output.');
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  async ask(request: OracleCase): Promise<{ fixture: Fixture; counts: z.output<typeof Counts> }> {
    const { rate, ...rest } = request;
    const out = join(this.folder, `${this.asked++}.safetensors`);
    const line = { out, name: 'random', ...rest, count: 16, optimizer: { rate } };
    this.process.stdin?.write(`${JSON.stringify(line)}\n`);
    const answer = await this.lines.next();
    if (answer.done === true) throw new Error(`The oracle stopped at ${JSON.stringify(line)}.`);
    const fixture = parseFixture(readFileSync(out));
    rmSync(out);
    return { fixture, counts: Counts.parse(JSON.parse(answer.value)) };
  }

  close(): void {
    this.process.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
