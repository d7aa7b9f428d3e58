// A chart or table on its way into a report: which one, until the user has said into which report.
import type { ReportBlock } from '../../shared/contract/app/reports.ts';
import type { App } from './app.svelte.ts';

/** `Omit` on a union would lose what tells its members apart. */
type WithoutId<B> = B extends unknown ? Omit<B, 'id'> : never;
export type NewBlock = WithoutId<ReportBlock>;

export interface OfferedBlock {
  readonly block: NewBlock;
  /** Of a new report that would begin with it. */
  readonly title: string;
}

export interface KnownReport {
  readonly id: string;
  readonly title: string;
  readonly runs: number;
  readonly updatedAt: string;
}

export class ReportDesk {
  offered: OfferedBlock | undefined = $state.raw();
  /** The last changed first; undefined until they are read. */
  known: readonly KnownReport[] | undefined = $state.raw();
  error: unknown = $state.raw();
  isBusy = $state(false);
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  offer(offered: OfferedBlock): void {
    this.offered = offered;
    this.known = undefined;
    void this.#try(async () => {
      this.known = (await this.#app.host.call('reports.list', {})).reports;
    });
  }

  close(): void {
    this.offered = undefined;
    this.error = undefined;
  }

  /** To the end of a report, or of a new one. */
  async add(report: string | null): Promise<void> {
    const { offered } = this;
    if (offered === undefined || this.isBusy) return;
    this.isBusy = true;
    await this.#try(async () => {
      const { id, title } = await this.#app.host.call('reports.addBlock', {
        report,
        block: { ...offered.block, id: 'new' },
        title: offered.title.slice(0, 300),
      });
      this.close();
      this.#app.toasts.show({
        title: `Added to “${title || 'Untitled'}”`,
        tone: 'good',
        action: {
          label: 'Open',
          run: () => this.#app.router.go({ page: 'reports', path: [id] }),
        },
      });
    });
    this.isBusy = false;
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.error = undefined;
    try {
      await work();
    } catch (error) {
      this.error = error;
    }
  }
}
