// What is decided about single images of one dataset, and deciding: for every page that shows its images.
// New runs go by it; files are never touched.
import type { ChoiceKind, ImageDecision } from '../../shared/contract/app/decisions.ts';
import { formatQuantity } from '../../shared/format.ts';
import type { App } from './app.svelte.ts';
import { UNDO } from './toasts.svelte.ts';

export interface Choice {
  readonly kind: ChoiceKind;
  /** For `relabel`. */
  readonly className?: string;
}

/** The toast for each decision about an image. */
export function describeDecision({ kind, className }: ImageDecision): string {
  switch (kind) {
    case 'leave-out':
      return 'left out';
    case 'keep':
      return 'right';
    case 'relabel':
      return `→ ${className ?? ''}`;
  }
}

export class ImageDecisions {
  byFile: ReadonlyMap<string, ImageDecision> = $state.raw(new Map());
  error: unknown = $state.raw();
  readonly source: string;
  readonly #app: App;
  #offer: number | undefined;

  constructor(app: App, source: string) {
    this.#app = app;
    this.source = source;
    void this.load();
  }

  async load(): Promise<void> {
    const { source } = this;
    try {
      const { decisions } = await this.#app.host.call('datasets.decisions', { source });
      this.byFile = new Map(decisions.map((decision) => [decision.file, decision]));
      this.error = undefined;
    } catch (error) {
      this.error = error;
    }
  }

  /** `reason`: where it was decided, for the record. */
  async decide(files: readonly string[], choice: Choice, reason: string): Promise<void> {
    const { source } = this;
    const images = formatQuantity(files.length, 'image');
    const toasts = {
      'leave-out': `${images} left out of new runs`,
      keep: `${images} marked as right`,
      relabel: `${images} relabelled to ${choice.className ?? ''} for new runs`,
    } as const;
    await this.#change(toasts[choice.kind], () =>
      this.#app.host.call('datasets.decide', { source, files: [...files], reason, ...choice }),
    );
  }

  async restore(files: readonly string[]): Promise<void> {
    const { source } = this;
    const decisions = formatQuantity(files.length, 'decision');
    await this.#change(`${decisions} taken back`, () =>
      this.#app.host.call('datasets.restore', { source, files: [...files] }),
    );
  }

  async #change(title: string, work: () => Promise<unknown>): Promise<void> {
    if (!(await this.#app.attempt('The decision could not be kept', work))) return;
    this.end();
    this.#offer = this.#app.toasts.show({
      title,
      action: { label: UNDO, run: () => void this.#undo() },
    });
    await this.load();
  }

  async #undo(): Promise<void> {
    const { source } = this;
    this.end();
    await this.#app.attempt('The decision could not be taken back', () =>
      this.#app.host.call('datasets.undoDecision', { source }),
    );
    await this.load();
  }

  /** Only the newest decision can be undone, so an older offer would undo another decision than it names. */
  end(): void {
    if (this.#offer !== undefined) this.#app.toasts.dismiss(this.#offer);
    this.#offer = undefined;
  }
}
