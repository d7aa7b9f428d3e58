// One place in a report where a reader tries a network: an image is dropped, pasted or chosen, shown as the network
// sees it, with the five likeliest classes.
import type { Pixels } from '../../../shared/images/resize.ts';
import { formatPercent } from '../../../shared/format.ts';
import { CarriedNetwork, type ClassShare } from './carried-network.ts';

const SHOWN_CLASSES = 5;

export class NetworkTrial {
  readonly #network: CarriedNetwork;
  readonly #answer = document.createElement('div');
  readonly #status = document.createElement('p');
  /** Of what was given last: an older answer is not shown any more. */
  #turn = 0;

  constructor(figure: HTMLElement, source: string) {
    this.#network = new CarriedNetwork(source);
    this.#status.setAttribute('role', 'status');
    this.#answer.className = 'answer';
    const field = document.createElement('input');
    field.type = 'file';
    field.accept = 'image/*';
    field.addEventListener('change', () => this.#take(field.files));
    const label = document.createElement('label');
    label.className = 'drop';
    label.append('Drop an image here, paste one, or choose a file: ', field);
    figure.tabIndex = 0;
    figure.append(label, this.#status, this.#answer);
    figure.addEventListener('paste', (event) => this.#take(event.clipboardData?.files));
    listenForDrops(figure, (files) => this.#take(files));
  }

  #take(files: FileList | null | undefined): void {
    const file = files?.[0];
    if (file) void this.#try(file);
  }

  async #try(file: File): Promise<void> {
    const turn = ++this.#turn;
    this.#answer.replaceChildren();
    this.#status.textContent = `Looking at ${file.name} …`;
    try {
      const pixels = this.#network.fit(await decoded(file));
      const shares = await this.#network.classify(pixels);
      if (turn !== this.#turn) return;
      const [first] = shares;
      this.#status.textContent =
        first === undefined
          ? ''
          : `${file.name}: ${first.name}, ${formatPercent(first.probability)}`;
      this.#answer.replaceChildren(pictureOf(pixels), listOf(shares.slice(0, SHOWN_CLASSES)));
    } catch (error) {
      if (turn !== this.#turn) return;
      const reason = error instanceof Error ? error.message : String(error);
      this.#status.textContent = `${file.name} can't be tried: ${reason}. Choose a PNG, JPEG or WebP image.`;
    }
  }
}

function listenForDrops(figure: HTMLElement, take: (files: FileList) => void): void {
  figure.addEventListener('dragover', (event) => {
    event.preventDefault();
    figure.classList.add('over');
  });
  figure.addEventListener('dragleave', () => figure.classList.remove('over'));
  figure.addEventListener('drop', (event) => {
    event.preventDefault();
    figure.classList.remove('over');
    if (event.dataTransfer) take(event.dataTransfer.files);
  });
}

/** Upright; colours as they are stored, as training reads them. Transparent pixels stand on white. */
async function decoded(file: File): Promise<ImageData> {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none' });
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('the browser has no canvas for it');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, bitmap.width, bitmap.height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function pictureOf({ width, height, channels, values }: Pixels): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', 'The image as the network sees it');
  const image = new ImageData(width, height);
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) {
      image.data[p * 4 + c] = values[p * channels + (channels === 1 ? 0 : c)] ?? 0;
    }
    image.data[p * 4 + 3] = 255;
  }
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return canvas;
}

function listOf(shares: readonly ClassShare[]): HTMLElement {
  const list = document.createElement('ol');
  for (const { name, probability } of shares) {
    const bar = document.createElement('meter');
    bar.value = probability;
    bar.setAttribute('aria-label', name);
    const item = document.createElement('li');
    const [title, number] = [document.createElement('span'), document.createElement('span')];
    title.textContent = name;
    number.textContent = formatPercent(probability);
    item.append(title, bar, number);
    list.append(item);
  }
  return list;
}
