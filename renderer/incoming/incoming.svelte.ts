// Brings in whatever is given to the window, wherever on it: a dropped folder, a chosen file, a path
// from the host, pasted text. Ends by showing the page that goes on with it.
import type { App } from '../state/app.svelte.ts';
import type { DatasetOffer, PendingUpload } from '../../shared/contract/app/datasets.ts';
import { Download } from './downloads.svelte.ts';
import {
  areImagesOrFolders,
  classify,
  droppedOf,
  filesOf,
  type Picked,
  type PickedFile,
} from './dropped.ts';
import { FolderReading } from './folder-reading.svelte.ts';
import { Upload } from './uploads.svelte.ts';

/** A part of a page that wants the images that are dropped on the window while it is open. */
export interface ImageTaker {
  /** What the window says while something is held over it. */
  readonly hint: string;
  readonly drop: (entries: readonly FileSystemEntry[], files: readonly File[]) => Promise<void>;
}

export class IncomingDesk {
  imageTaker: ImageTaker | undefined = $state.raw();
  uploads: readonly Upload[] = $state.raw([]);
  downloads: readonly Download[] = $state.raw([]);
  /** A report bundle on its way. */
  bundle: Upload | undefined = $state.raw();
  /** Curves that wait for somebody to say what their columns are. */
  curves: { readonly source: string; readonly name: string } | undefined = $state.raw();
  readings: readonly FolderReading[] = $state.raw([]);
  /** A spec that waits for the page “New run” to take it. */
  spec: { readonly text: string; readonly from: string } | undefined = $state.raw();
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  /** What a drop event held; a large folder takes a while to list. */
  async drop(entries: readonly FileSystemEntry[], files: readonly File[]): Promise<void> {
    const taker = this.imageTaker;
    if (taker !== undefined && areImagesOrFolders(entries, files)) {
      await taker.drop(entries, files);
      return;
    }
    const dropped = droppedOf(entries, files);
    const path = dropped.top === undefined ? null : this.#app.pathForFile(dropped.top);
    if (dropped.isFolder && path !== null) {
      this.#show('dataset', path);
      return;
    }
    const reading = new FolderReading(dropped.name);
    if (entries.some((entry) => entry.isDirectory)) {
      this.readings = [...this.readings, reading];
      this.#app.router.go({ page: 'datasets' });
    }
    let listed: readonly PickedFile[];
    try {
      listed = await filesOf(entries, files, reading);
    } catch (error) {
      if (reading.signal.aborted) return;
      throw error;
    } finally {
      this.readings = this.readings.filter((other) => other !== reading);
    }
    await this.take({ ...dropped, files: listed });
  }

  /** Call in an effect: returns what ends it. */
  takeImages(taker: ImageTaker): () => void {
    this.imageTaker = taker;
    return () => {
      if (this.imageTaker === taker) this.imageTaker = undefined;
    };
  }

  async take(picked: Picked): Promise<void> {
    if (picked.files.length === 0 && picked.top === undefined) {
      this.#tell('Nothing to open', 'The folder holds no files that can be read.');
      return;
    }
    const incoming = await classify(picked);
    switch (incoming.kind) {
      case 'refused':
        this.#tell(incoming.title, incoming.text);
        return;
      case 'spec':
        this.takeSpec(await incoming.file.text(), incoming.file.name);
        return;
      case 'bundle':
        this.#app.router.go({ page: 'reports' });
        await this.importBundle(incoming.picked);
        return;
      case 'curves':
        await this.openCurves(incoming.picked);
        return;
      case 'weights':
      case 'dataset': {
        const path = picked.top === undefined ? null : this.#app.pathForFile(picked.top);
        if (path !== null) this.#show(incoming.kind, path);
        else await this.#send(new Upload(this.#app.host, picked, incoming.kind));
      }
    }
  }

  /** Brings a report bundle to the host if it is not there, has it taken in and opens its report. */
  async importBundle(picked: Picked): Promise<void> {
    const { host } = this.#app;
    const path = picked.top === undefined ? null : this.#app.pathForFile(picked.top);
    if (this.bundle !== undefined) {
      this.#tell('One bundle at a time', `“${this.bundle.name}” is still being imported.`);
      return;
    }
    const upload = new Upload(host, picked, 'bundle');
    this.bundle = upload;
    await this.#app.attempt('The bundle could not be imported', async () => {
      const source = path ?? (await upload.run());
      if (source === undefined) {
        if (upload.state === 'cancelled') return;
        await upload.cancel();
        throw upload.error;
      }
      await this.#importFrom(source);
    });
    this.bundle = undefined;
  }

  async #importFrom(source: string): Promise<void> {
    const { host, runs, router, toasts } = this.#app;
    const { report, added, known } = await host.call('reports.import', { source });
    await runs.load();
    toasts.show({
      title: `Imported ${added.length} ${added.length === 1 ? 'run' : 'runs'}`,
      ...(known.length > 0 ? { text: `${known.length} were here already.` } : {}),
    });
    if (report !== null) router.go({ page: 'reports', path: [report] });
    else router.go({ page: 'runs' });
  }

  /** Brings a file of curves to the host if it is not there, and asks what its columns are. */
  async openCurves(picked: Picked): Promise<void> {
    const path = picked.top === undefined ? null : this.#app.pathForFile(picked.top);
    await this.#app.attempt('The curves could not be read', async () => {
      const upload = new Upload(this.#app.host, picked, 'curves');
      const source = path ?? (await upload.run());
      if (source === undefined) {
        await upload.cancel();
        throw upload.error;
      }
      this.#app.router.go({ page: 'runs' });
      this.curves = { source, name: picked.name };
    });
  }

  /** A path on the host; `~` is the home folder there. */
  open(path: string): void {
    const home = this.#app.system.info?.userFolder;
    const full = home === undefined ? path : path.replace(/^~(?=$|[\\/])/, () => home);
    this.#show('dataset', full);
  }

  takeSpec(text: string, from: string): void {
    this.spec = { text, from };
    this.#app.router.go({ page: 'new' });
  }

  /** Goes on with an upload that was stopped or failed. */
  async resume(upload: Upload): Promise<void> {
    await this.#finish(upload);
  }

  /** The host is back: what broke off with it goes on. */
  goOn(): void {
    for (const upload of this.uploads) if (upload.isBrokenOff) void this.resume(upload);
  }

  async cancel(upload: Upload): Promise<void> {
    this.uploads = this.uploads.filter((other) => other !== upload);
    await this.#app.attempt('The upload could not be removed', () => upload.cancel());
  }

  /** Fetches a dataset from its authors; opens it when it is here. */
  download(offer: DatasetOffer): void {
    const known = this.downloads.find(({ name }) => name === offer.name);
    const download = known ?? new Download(this.#app.host, offer);
    if (known === undefined) this.downloads = [...this.downloads, download];
    this.#app.router.go({ page: 'datasets' });
    if (!download.isRunning) this.fetch(download);
  }

  /** Begins or goes on. */
  fetch(download: Download): void {
    download.start((source) => {
      this.dropDownload(download);
      this.#arrived('dataset', download.title, source);
    });
  }

  dropDownload(download: Download): void {
    download.stop();
    this.downloads = this.downloads.filter((other) => other !== download);
  }

  /** The dialog is closed: what was sent for it is not needed any more. */
  async closeCurves(): Promise<void> {
    const { curves } = this;
    if (curves === undefined) return;
    this.curves = undefined;
    await this.discard(curves.source);
  }

  /** Nothing comes of it: if it was uploaded, it is removed. */
  async discard(source: string): Promise<void> {
    await this.#app.attempt('The upload could not be removed', () =>
      this.#app.host.call('datasets.discardUpload', { source }),
    );
  }

  /** Goes on with what has arrived, as what it was dropped for. */
  openArrived({ purpose, source, name }: PendingUpload & { readonly source: string }): void {
    if (purpose === 'bundle') {
      void this.#app.attempt('The bundle could not be imported', () => this.#importFrom(source));
    } else if (purpose === 'curves') {
      this.#app.router.go({ page: 'runs' });
      this.curves = { source, name };
    } else {
      this.#show(purpose, source);
    }
  }

  async #send(upload: Upload): Promise<void> {
    this.uploads = [...this.uploads, upload];
    this.#app.router.go({ page: 'datasets' });
    await this.#finish(upload);
  }

  async #finish(upload: Upload): Promise<void> {
    const source = await upload.run();
    if (source === undefined) return; // its card says why
    this.uploads = this.uploads.filter((other) => other !== upload);
    const { purpose, name } = upload;
    this.#arrived(purpose === 'weights' ? 'weights' : 'dataset', name, source);
  }

  /** Shown at once to those who wait for it, else offered. */
  #arrived(kind: 'dataset' | 'weights', name: string, source: string): void {
    if (this.#app.router.route.page === 'datasets') {
      this.#show(kind, source);
      return;
    }
    this.#app.toasts.show({
      title: `“${name}” is in the library`,
      tone: 'good',
      action: { label: 'Open', run: () => this.#show(kind, source) },
    });
  }

  #show(kind: 'dataset' | 'weights', path: string): void {
    if (kind === 'weights') this.#app.router.go({ page: 'new', params: { weights: path } });
    else this.#app.router.go({ page: 'datasets', path: [path] });
  }

  #tell(title: string, text: string): void {
    this.#app.toasts.show({ title, text, tone: 'bad' });
  }
}
