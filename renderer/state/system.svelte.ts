// The machine and the app itself: devices once a second, version and capabilities once.
import type { AppInfo, SystemState } from '../../shared/contract/app/system.ts';
import type { Host } from '../client/host.ts';

export class SystemStore {
  state: SystemState | undefined = $state.raw();
  info: AppInfo | undefined = $state.raw();
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  start(onEnd: (error: Error | undefined) => void): () => void {
    return this.#host.subscribe(
      'app.state',
      {},
      { onEvent: (state) => void (this.state = state), onEnd },
    );
  }

  async load(): Promise<void> {
    this.info = await this.#host.call('app.info', {});
  }
}
