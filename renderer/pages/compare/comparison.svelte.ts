// What the compare page knows: the runs asked for, the options in its address, and what follows from
// both. The host is asked when the choice changes or a run of it does.
import { groupRuns, type RunGroup } from '../../../shared/compare/groups.ts';
import { guessStudy, studyChoices, concernsOf } from '../../../shared/compare/fairness.ts';
import { findMeasure, usualMeasure, type Measure } from '../../../shared/compare/measure.ts';
import { verdictsOf } from '../../../shared/compare/verdict.ts';
import type { ComparedRun } from '../../../shared/compare/compared-run.ts';
import { looksOf, type LookOf } from '../../../shared/compare/run-looks.ts';
import { SPREADS, type SpreadKind } from '../../../shared/stats/summary.ts';
import type { ComparisonScope } from '../../../shared/contract/app/reports.ts';
import type { App } from '../../state/app.svelte.ts';

const RELOAD_MS = 1500;

export class Comparison {
  runs: readonly ComparedRun[] = $state.raw([]);
  missing: readonly string[] = $state.raw([]);
  error: unknown = $state.raw();
  isLoading = $state(true);
  readonly #app: App;
  #turn = 0;

  readonly ids: readonly string[] = $derived.by(() => {
    const text = this.#app.router.route.params['runs'] ?? '';
    return text === '' ? [] : text.split(',');
  });
  readonly bySpec = $derived.by(() => this.#param('by') !== 'run');
  readonly lastK = $derived.by(() => Math.max(1, Number(this.#param('k') ?? 5) || 5));
  readonly groups: readonly RunGroup[] = $derived.by(() =>
    groupRuns(this.runs, { bySpec: this.bySpec }),
  );
  readonly baselineKey: string | undefined = $derived.by(() => {
    const wanted = this.#param('base');
    return (this.groups.find(({ key }) => key === wanted) ?? this.groups[0])?.key;
  });
  readonly measure: Measure = $derived.by(
    () => findMeasure(this.#param('m') ?? '') ?? usualMeasure(this.runs),
  );
  readonly spread: SpreadKind = $derived.by(
    () => SPREADS.find((kind) => kind === this.#param('spread')) ?? 'sd',
  );
  readonly studies = $derived.by(() => studyChoices(this.groups));
  readonly study = $derived.by(() => {
    const wanted = this.#param('study');
    return this.studies.find((one) => one === wanted) ?? guessStudy(this.groups);
  });
  readonly concerns = $derived.by(() => concernsOf(this.groups, this.study));
  readonly verdicts = $derived.by(() =>
    verdictsOf(this.groups, this.baselineKey ?? '', { measure: this.measure, study: this.study }),
  );
  readonly lookOf: LookOf = $derived.by(() => looksOf(this.groups, this.#app.runs.colours));

  /** For blocks of a report that show what is shown here. */
  get scope(): ComparisonScope {
    return {
      runs: this.runs.map(({ run }) => run.id),
      ...{ measure: this.measure.id, spread: this.spread, study: this.study },
      ...{ baseline: this.baselineKey ?? '', isBySpec: this.bySpec, lastK: this.lastK },
    };
  }

  constructor(app: App) {
    this.#app = app;
  }

  #param(name: string): string | undefined {
    return this.#app.router.route.params[name];
  }

  set(params: Readonly<Record<string, string | undefined>>): void {
    this.#app.router.setParams(params);
  }

  async load(): Promise<void> {
    const turn = ++this.#turn;
    const ids = [...this.ids];
    try {
      const { runs, missing } = await this.#app.host.call('compare.runs', {
        ids,
        lastK: this.lastK,
      });
      // The choice may have changed while the host was thinking.
      if (turn !== this.#turn) return;
      // The oldest first: what others are held against is what was there before.
      this.runs = runs.toSorted((a, b) => a.run.createdAt.localeCompare(b.run.createdAt));
      this.missing = missing;
      this.error = undefined;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.isLoading = false;
    }
  }

  /** Live runs change; returns what ends it. Call in an effect. */
  follow(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = this.#app.runs.onEvent((event) => {
      const id = event.kind === 'changed' ? event.run.id : event.id;
      if (!this.ids.includes(id) || event.kind === 'progress') return;
      timer ??= setTimeout(() => {
        timer = undefined;
        void this.load();
      }, RELOAD_MS);
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }
}
