// One native TensorFlow session over a SavedModel folder: feed arrays, fetch arrays.
import { failure, messageOf } from '../../../shared/errors.ts';
import { binding } from './library.ts';
import { createHandle, deleteHandle } from './handles.ts';
import type { ElementType, TensorValues } from './binding.ts';

export interface Feed {
  /** Graph name of a placeholder. */
  readonly node: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly values: TensorValues;
}

export interface Fetched {
  readonly shape: readonly number[];
  readonly values: TensorValues;
}

export interface Session {
  /** Runs what the outputs (`node` or `node:1`) depend on; results come in their order. */
  run(feeds: readonly Feed[], outputs: readonly string[]): Fetched[];
  dispose(): void;
}

/** Loads the SavedModel in the folder; the folder may be deleted afterwards. */
export function openSession(folder: string): Session {
  let session: number | undefined;
  try {
    session = binding.loadSavedModel(folder, 'serve');
  } catch (cause) {
    throw failure('graph-rejected', `TensorFlow refused the recorded graph: ${messageOf(cause)}`, {
      cause,
    });
  }
  const id = session;
  return {
    run(feeds, outputs) {
      const inputs: number[] = [];
      try {
        for (const feed of feeds) inputs.push(createHandle(feed.type, feed.shape, feed.values));
        const fetched = runNative(
          id,
          inputs,
          feeds.map((feed) => `${feed.node}:0`).join(','),
          outputs.map((name) => (name.includes(':') ? name : `${name}:0`)).join(','),
        );
        return fetched.map((output) => {
          try {
            return { shape: output.shape, values: binding.tensorDataSync(output.id) };
          } finally {
            deleteHandle(output.id);
          }
        });
      } finally {
        inputs.forEach(deleteHandle);
      }
    },
    dispose: () => binding.deleteSavedModel(id),
  };
}

function runNative(
  session: number,
  inputs: readonly number[],
  inputNames: string,
  outputNames: string,
): ReturnType<typeof binding.runSavedModel> {
  try {
    return binding.runSavedModel(session, inputs, inputNames, outputNames);
  } catch (cause) {
    const message = messageOf(cause);
    if (/\bOOM\b|RESOURCE_EXHAUSTED|out of memory/i.test(message)) {
      throw failure(
        'out-of-memory',
        `The step does not fit into the device's memory. Use a smaller batch, smaller images or a smaller network. TensorFlow says: ${message}`,
        { cause },
      );
    }
    throw failure('step-failed', `TensorFlow could not run the step: ${message}`, { cause });
  }
}
