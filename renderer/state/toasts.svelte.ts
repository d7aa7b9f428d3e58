// Short notes on things that finished elsewhere. Errors of what the user is doing stand where it is done.

export interface Toast {
  readonly id: number;
  readonly title: string;
  readonly text?: string;
  readonly tone?: 'plain' | 'good' | 'bad';
  readonly action?: { readonly label: string; readonly run: () => void };
}

const SHOWN_MS = 7_000;

export class Toasts {
  list: readonly Toast[] = $state.raw([]);
  #nextId = 1;

  show(toast: Omit<Toast, 'id'>): void {
    const id = this.#nextId++;
    this.list = [...this.list.slice(-3), { ...toast, id }];
    setTimeout(() => this.dismiss(id), SHOWN_MS);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}
