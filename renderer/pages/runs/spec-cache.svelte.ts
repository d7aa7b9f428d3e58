// Specs of runs, which never change: fetched when someone groups by a field of them, a few at a time.
import { SvelteMap } from 'svelte/reactivity';
import type { Host } from '../../client/host.ts';
import type { RunSpec } from '../../../shared/spec/run.ts';

const AT_ONCE = 8;

export class SpecCache {
  readonly specs = new SvelteMap<string, RunSpec>();
  error: unknown = $state.raw();
  readonly #host: Host;
  isBusy = $state(false);

  constructor(host: Host) {
    this.#host = host;
  }

  async load(ids: readonly string[]): Promise<void> {
    const missing = ids.filter((id) => !this.specs.has(id));
    if (this.isBusy || missing.length === 0) return;
    this.isBusy = true;
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (let id = missing.pop(); id !== undefined; id = missing.pop()) {
        const { spec } = await this.#host.call('runs.get', { id });
        this.specs.set(id, spec);
      }
    });
    try {
      await Promise.all(workers);
      this.error = undefined;
    } catch (error) {
      this.error = error;
    } finally {
      this.isBusy = false;
    }
  }
}
