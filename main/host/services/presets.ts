// Presets: what the page wants to start from again, under names. Their content is the page's.
import { asObject } from './run-rows.ts';
import type { Library } from '../../store/library.ts';
import type { HandlersOf } from './handlers.ts';

export function createPresetService(library: Library): HandlersOf<'presets'> {
  return {
    'presets.list': () =>
      Promise.resolve({
        presets: library.presets.list().map(({ name, spec, savedAt }) => ({
          ...{ name, savedAt },
          spec: { ...asObject(spec) },
        })),
      }),
    'presets.save': ({ name, spec }) => {
      library.presets.save(name, spec);
      return Promise.resolve({});
    },
    'presets.delete': ({ name }) => {
      library.presets.delete(name);
      return Promise.resolve({});
    },
  };
}
