// What the "Try" tab holds: the images that were given, the runs that are asked, and their answers as they come.
// The images stay in this window; each is sent when its turn comes.
import { SvelteMap } from 'svelte/reactivity';
import { MOST_SENT_BYTES } from '../../../../shared/contract/app/predictions.ts';
import type { Progress } from '../../../../shared/contract/app/common.ts';
import { messageOf } from '../../../../shared/errors.ts';
import { formatBytes } from '../../../../shared/format.ts';
import type { CallOutput, Host } from '../../../client/host.ts';
import { filesOf, type PickedFile } from '../../../incoming/dropped.ts';
import { FolderReading } from '../../../incoming/folder-reading.svelte.ts';
import { portionsOf, triedImages, type Portion, type TriedImage } from './tried-images.ts';

type Classified = CallOutput<'predictions.classify'>;
export type ClassShare = Classified['predictions'][number]['classes'][number];

export type Answer =
  | {
      readonly kind: 'classes';
      /** Most likely first; none where the logits are not finite. */
      readonly classes: readonly ClassShare[];
      readonly damage: string | undefined;
    }
  | { readonly kind: 'failed'; readonly message: string };

/** Small enough that answers come often, large enough for one batch. */
const PORTION = { images: 16, bytes: 16 * 2 ** 20 };
/** More images than this are a list. */
export const MOST_CARDS = 12;

export class TryState {
  images: readonly TriedImage[] = $state.raw([]);
  /** Ids; the page's own run comes first. */
  runs: readonly string[] = $state.raw([]);
  /** Of the process that answers, while it starts. */
  preparing: Progress | undefined = $state.raw();
  error: unknown = $state.raw();
  /** What was given and is no image, or that there was nothing. */
  note: string | undefined = $state();
  reading: FolderReading | undefined = $state.raw();
  isBusy = $state(false);
  done = $state(0);
  total = $state(0);
  startedAt = $state(0);
  /** Goes up with every portion of answers. */
  answered = $state(0);
  /** Of the checkpoints that answered, by run. */
  readonly steps = new SvelteMap<string, number>();
  readonly #answers = new Map<string, Map<string, Answer>>();
  readonly #host: Host;
  readonly #classes: () => readonly string[];
  #stop = new AbortController();
  #round = 0;

  constructor(host: Host, run: string, classes: () => readonly string[]) {
    this.#host = host;
    this.#classes = classes;
    this.runs = [run];
  }

  /** Call in an effect: returns what ends it. */
  watch(): () => void {
    return this.#host.subscribe(
      'predictions.watch',
      {},
      {
        onEvent: (event) => {
          this.preparing = event.kind === 'preparing' ? event.progress : undefined;
        },
      },
    );
  }

  answerOf(run: string, image: TriedImage): Answer | undefined {
    // Answers are in plain maps, as there may be many thousands; this is what a reader depends on.
    void this.answered;
    return this.#answers.get(run)?.get(image.key);
  }

  /** Of a time that is long enough to be judged by. */
  get remainingMs(): number | undefined {
    const elapsed = performance.now() - this.startedAt;
    if (!this.isBusy || this.done === 0 || elapsed < 1000) return undefined;
    return (elapsed / this.done) * (this.total - this.done);
  }

  /** What was dropped: images, or folders of them. */
  async drop(entries: readonly FileSystemEntry[], files: readonly File[]): Promise<void> {
    const reading = new FolderReading(entries[0]?.name ?? '');
    this.reading = reading;
    try {
      await this.show(await filesOf(entries, files, reading));
    } catch (error) {
      if (!reading.signal.aborted) this.error = error;
    } finally {
      this.reading = undefined;
    }
  }

  /** In the place of those that were shown before. */
  async show(files: readonly PickedFile[]): Promise<void> {
    this.cancel();
    this.#round++;
    const images = triedImages(files, { classes: this.#classes(), round: this.#round });
    const others = files.length - images.length;
    this.error = undefined;
    this.note =
      images.length === 0
        ? 'There is no image in it; JPEG, PNG, WebP, TIFF, AVIF, BMP and GIF are read.'
        : others > 0
          ? `${others} other ${others === 1 ? 'file was' : 'files were'} left out: not images.`
          : undefined;
    if (images.length === 0) return;
    this.#answers.clear();
    this.images = images;
    await this.#ask();
  }

  clear(): void {
    this.cancel();
    this.#answers.clear();
    this.images = [];
    this.note = undefined;
    this.error = undefined;
  }

  async addRun(run: string): Promise<void> {
    if (this.runs.includes(run)) return;
    this.runs = [...this.runs, run];
    await this.#ask();
  }

  removeRun(run: string): void {
    this.runs = this.runs.filter((other) => other !== run);
    this.#answers.delete(run);
    this.answered++;
  }

  cancel(): void {
    this.#stop.abort();
    this.isBusy = false;
  }

  /** Goes on where it was cancelled or failed. */
  async resume(): Promise<void> {
    await this.#ask();
  }

  get isComplete(): boolean {
    void this.answered;
    return this.runs.every((run) => (this.#answers.get(run)?.size ?? 0) === this.images.length);
  }

  /** Whatever has no answer yet, the same images of all runs after each other. */
  async #ask(): Promise<void> {
    this.#stop.abort();
    const stop = new AbortController();
    this.#stop = stop;
    const { images, runs } = this;
    const portions = portionsOf(
      images.map(({ file }) => file.size),
      PORTION,
    );
    const left = portions.flatMap((portion) =>
      runs.flatMap((run) => {
        const missing = this.#missing(run, portion);
        return missing.length === 0 ? [] : [{ run, missing }];
      }),
    );
    this.total = left.reduce((sum, { missing }) => sum + missing.length, 0);
    [this.done, this.startedAt, this.isBusy] = [0, performance.now(), this.total > 0];
    this.error = undefined;
    try {
      for (const { run, missing } of left) {
        if (stop.signal.aborted) return;
        if (!this.runs.includes(run)) continue;
        await this.#askOne(run, missing, stop.signal);
        this.done += missing.length;
      }
    } catch (error) {
      if (!stop.signal.aborted) this.error = error;
    } finally {
      if (this.#stop === stop) this.isBusy = false;
    }
  }

  #missing(run: string, { from, to }: Portion): TriedImage[] {
    const known = this.#answers.get(run);
    return this.images.slice(from, to).filter(({ key }) => known?.has(key) !== true);
  }

  async #askOne(run: string, images: readonly TriedImage[], signal: AbortSignal): Promise<void> {
    const answers = this.#answers.get(run) ?? new Map<string, Answer>();
    this.#answers.set(run, answers);
    const sent: { name: string; bytes: Uint8Array<ArrayBuffer> }[] = [];
    for (const { key, file } of images) {
      const bytes = await bytesOf(file);
      if (typeof bytes === 'string') answers.set(key, { kind: 'failed', message: bytes });
      // Names may occur twice; keys do not.
      else sent.push({ name: key, bytes });
    }
    if (sent.length > 0) {
      const found = await this.#host.call(
        'predictions.classify',
        { run, images: sent },
        { signal },
      );
      if (signal.aborted) return;
      this.steps.set(run, found.step);
      for (const { file, classes, damage } of found.predictions) {
        answers.set(file, { kind: 'classes', classes, damage });
      }
      for (const { file, error } of found.failed) {
        answers.set(file, { kind: 'failed', message: error.message });
      }
    }
    this.answered++;
  }
}

/** Or why they are not sent. */
export async function bytesOf(file: File): Promise<Uint8Array<ArrayBuffer> | string> {
  if (file.size === 0) return 'The file is empty.';
  if (file.size > MOST_SENT_BYTES) {
    return `It has ${formatBytes(file.size)}; up to ${formatBytes(MOST_SENT_BYTES)} are sent. Use resnet-lab predict for it.`;
  }
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    return `It could not be read: ${messageOf(error)}`;
  }
}
