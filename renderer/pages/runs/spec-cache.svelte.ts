// The settings of runs, read when someone shows, filters or groups by a field of them, many at a time.
import { SvelteMap } from 'svelte/reactivity';
import type { Host } from '../../client/host.ts';
import type { RunRow } from '../../../shared/contract/app/runs.ts';
import { specFields, specIndex, type SpecIndex, type SpecValue } from './spec-fields.ts';

const AT_ONCE = 200;

export class SpecCache {
  error: unknown = $state.raw();
  isBusy = $state(false);
  /** Somebody has asked for settings. */
  hasBegun = $state(false);
  readonly #fields = new SvelteMap<string, ReadonlyMap<string, SpecValue>>();
  readonly index: SpecIndex = $derived(specIndex(this.#fields));
  /** What was asked for. A run that is extended has another length, and other settings. */
  readonly #asked = new Map<string, number>();
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  async load(rows: readonly RunRow[]): Promise<void> {
    const missing = rows.filter(({ id, totalSteps }) => this.#asked.get(id) !== totalSteps);
    this.hasBegun = true;
    if (missing.length === 0) return;
    for (const { id, totalSteps } of missing) this.#asked.set(id, totalSteps);
    this.isBusy = true;
    try {
      for (let start = 0; start < missing.length; start += AT_ONCE) {
        const ids = missing.slice(start, start + AT_ONCE).map(({ id }) => id);
        const { specs } = await this.#host.call('runs.specs', { ids });
        for (const { id, spec } of specs) this.#fields.set(id, specFields(spec));
      }
      this.error = undefined;
    } catch (error) {
      for (const { id } of missing) if (!this.#fields.has(id)) this.#asked.delete(id);
      this.error = error;
    } finally {
      this.isBusy = false;
    }
  }
}
