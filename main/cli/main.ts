// The command line's entry point, bundled as cli.js. Knows the process; the commands do not.
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

export async function main(args: readonly string[]): Promise<void> {
  const { stdout, stderr } = process;
  // `resnet-lab runs series … | head` closes the pipe early; that is no error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  let exitCode = 0;
  const program = createProgram({
    stdout,
    stderr,
    env: process.env,
    setExitCode: (code) => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    exitCode = reportError(error, { stdout, stderr, json: args.includes('--json') });
  }
  process.exitCode = exitCode;
}
