// One question about what the best checkpoint says of the validation images: asked when its tab is open, again
// when what is asked, or the checkpoint, changes. The host may have to evaluate first.

export class OutputsQuery<T> {
  /** Null while training has no checkpoint or the device. */
  answer: T | null | undefined = $state.raw();
  error: unknown = $state.raw();
  isBusy = $state(false);
  #asked: string | undefined;
  readonly #ask: () => Promise<T | null>;

  /** @param ask reads what to ask for when it is called */
  constructor(ask: () => Promise<T | null>) {
    this.#ask = ask;
  }

  /** The same question is not asked twice. */
  async load(question: string): Promise<void> {
    if (this.#asked === question) return;
    this.#asked = question;
    this.isBusy = true;
    this.error = undefined;
    try {
      const answer = await this.#ask();
      // A newer question may have overtaken this one.
      if (this.#asked === question) this.answer = answer;
    } catch (error) {
      if (this.#asked === question) this.error = error;
    } finally {
      if (this.#asked === question) this.isBusy = false;
    }
  }

  retry(): void {
    const question = this.#asked ?? '';
    this.#asked = undefined;
    void this.load(question);
  }
}
