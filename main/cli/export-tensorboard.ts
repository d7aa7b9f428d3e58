// `export --format tensorboard`: event files, a folder for each run.
import { formatBytes } from '../../shared/format.ts';
import type { Exporter } from './exporter.ts';

export const exportTensorboardFiles: Exporter = async ({ host, runs, folder }) => {
  const { exportTensorboard } = await import('../host/tensorboard/export-tensorboard.ts');
  const files = exportTensorboard(host.library, runs, folder);
  return {
    document: { folder, files },
    text: () =>
      [
        ...files.map(({ run, file, sizeBytes }) => `${run}  ${file}  ${formatBytes(sizeBytes)}`),
        '',
        `Look at it: tensorboard --logdir ${folder}`,
      ].join('\n'),
  };
};
