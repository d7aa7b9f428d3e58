// A checker process: started by path (check-outside.ts), reads one library for its host and ends with it.
import { failure } from '../../../shared/errors.ts';
import { processWire, type ProcessEnd } from '../../../shared/rpc/process-wire.ts';
import { serveContract } from '../../../shared/rpc/server.ts';
import { checkDatabase } from '../../store/connection.ts';
import { checkFolder } from './check-whole.ts';
import { CHECKER_VERSION, checkerContract } from './checker-contract.ts';

process.on('unhandledRejection', (reason) => {
  throw reason;
});
// Ctrl-C reaches every process of a terminal; the owner decides what it means.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

if (process.send === undefined) {
  throw failure('no-owner', 'Checkers are started by ResNet Lab itself.');
}

serveContract(
  checkerContract,
  {
    database: ({ file, depth }) => Promise.resolve({ problems: [...checkDatabase(file, depth)] }),
    library: ({ home }, { signal, emit }) =>
      checkFolder(home, {
        signal,
        onProgress: (progress) => void emit(progress, { latest: 'progress' }),
      }),
  },
  processWire(process as unknown as ProcessEnd),
  {
    version: CHECKER_VERSION,
    // The answer says it.
    onInternalError: () => undefined,
  },
);
