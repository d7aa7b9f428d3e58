// What the user is asked before the app ends. Resolves with decisions; decides nothing itself.
import type { BrowserWindow, dialog, MessageBoxOptions } from 'electron';
import { messageOf } from '../../shared/errors.ts';

export interface QuitDialogParts {
  readonly dialog: Pick<typeof dialog, 'showMessageBox'>;
  readonly window: () => BrowserWindow | undefined;
}

export async function confirmQuit(parts: QuitDialogParts, activeRuns: number): Promise<boolean> {
  const isOne = activeRuns === 1;
  const answer = await ask(parts, {
    type: 'question',
    message: isOne ? 'A run is being trained.' : `${activeRuns} runs are being trained.`,
    detail: `If you quit, ${isOne ? 'it writes a checkpoint and goes' : 'they write checkpoints and go'} on from there when ResNet Lab is opened again.`,
    buttons: ['Quit', 'Keep training'],
    defaultId: 1,
    cancelId: 1,
  });
  return answer === 0;
}

export async function isWaitingWorthwhile(
  parts: QuitDialogParts,
  over: AbortSignal,
): Promise<boolean> {
  const answer = await ask(parts, {
    type: 'warning',
    message: 'The checkpoints are still being written.',
    detail: 'If you quit now, what was trained since the checkpoint before is lost.',
    buttons: ['Wait', 'Quit now'],
    defaultId: 0,
    cancelId: 0,
    signal: over,
  });
  return answer === 0;
}

export async function reportFailedShutdown(parts: QuitDialogParts, error: unknown): Promise<void> {
  await ask(parts, {
    type: 'error',
    message: 'Not everything could be saved.',
    detail: `${messageOf(error)} Each run keeps the checkpoint before.`,
    buttons: ['OK'],
  });
}

async function ask(
  { dialog, window }: QuitDialogParts,
  options: MessageBoxOptions,
): Promise<number> {
  const owner = window();
  const { response } =
    owner === undefined
      ? await dialog.showMessageBox(options)
      : await dialog.showMessageBox(owner, options);
  return response;
}
