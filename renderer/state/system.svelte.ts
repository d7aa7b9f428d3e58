// The machine and the app itself: devices every two seconds, version and capabilities once.
import type { AppInfo, SystemState } from '../../shared/contract/app/system.ts';
import type { Host } from '../client/host.ts';
import type { LivePace } from './live-pace.ts';

export class SystemStore {
  state: SystemState | undefined = $state.raw();
  info: AppInfo | undefined = $state.raw();
  readonly #host: Host;
  readonly #pace: LivePace;

  constructor(host: Host, pace: LivePace) {
    this.#host = host;
    this.#pace = pace;
  }

  start(onEnd: (error: Error | undefined) => void): () => void {
    return this.#host.subscribe(
      'app.state',
      {},
      { onEvent: (state) => this.#pace.add(this, () => () => (this.state = state)), onEnd },
    );
  }

  async load(): Promise<void> {
    this.info = await this.#host.call('app.info', {});
  }
}
