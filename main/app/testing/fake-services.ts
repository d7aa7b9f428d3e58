// Host services of a desktop test: they remember what they were asked and can be told to be busy.
import type { AppContract } from '../../../shared/contract/app/index.ts';
import { Settings } from '../../../shared/contract/app/system.ts';
import type { Handlers } from '../../../shared/rpc/contract-types.ts';
import type { DesktopServices, ServiceOptions } from '../desktop-app.ts';

export class FakeServices implements DesktopServices {
  active = 0;
  closeCount = 0;
  /** What `close` waits for. */
  closing: Promise<void> = Promise.resolve();
  options: ServiceOptions | undefined;
  settings: Settings = Settings.parse({});
  handlers = {} as Handlers<AppContract>;

  open(options: ServiceOptions): this {
    this.options = options;
    this.handlers = {
      'app.settings': () => Promise.resolve(this.settings),
      'app.changeSettings': (changes: Record<string, unknown>) => {
        this.settings = Settings.parse({ ...this.settings, ...changes });
        return Promise.resolve(this.settings);
      },
      ...options.desktop,
    } as unknown as Handlers<AppContract>;
    return this;
  }

  activeRuns(): number {
    return this.active;
  }

  async close(): Promise<void> {
    this.closeCount++;
    await this.closing;
    this.active = 0;
  }
}
