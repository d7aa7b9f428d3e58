// One chart of an exported report, drawn anew whenever it is zoomed or a curve is hidden. Keys do what the
// pointer does. Texts of users only ever become text.
import type { AxisRange } from '../../shared/figures/axis-range.ts';
import { drawLines } from '../../shared/figures/line-figure.ts';
import { lineFigureOf } from '../../shared/figures/line-json.ts';
import { wholeXRange, type LineFigure } from '../../shared/figures/line-model.ts';
import type { Plot } from '../../shared/figures/plot.ts';
import { readingsAt } from '../../shared/figures/readings.ts';
import { formatX } from '../../shared/curves/x-axis.ts';
import { readingText } from './reading-text.ts';

const SVG = 'http://www.w3.org/2000/svg';
/** Less than this is a click with an unsteady hand. */
const LEAST_DRAG = 5;
const KEY_STEP = 8;
const ZOOM = 2;
const MOST_READINGS = 14;

export class InteractiveChart {
  readonly figure: HTMLElement;
  readonly #plotHolder: HTMLElement;
  readonly #data: LineFigure;
  readonly #reading = made('div', 'reading');
  readonly #reset = made('button', 'reset');
  readonly #hidden = new Set<number>();
  #range: AxisRange | null = null;
  #plot: Plot;
  /** Where it is read, in pixels of the drawing. */
  #cursor: number | null = null;
  #dragFrom: number | null = null;

  constructor(figure: HTMLElement, plotHolder: HTMLElement, json: string) {
    this.figure = figure;
    this.#plotHolder = plotHolder;
    this.#data = lineFigureOf(json);
    this.#range = this.#data.xRange ?? null;
    this.#plot = this.#draw();
    plotHolder.tabIndex = 0;
    plotHolder.setAttribute('role', 'group');
    plotHolder.setAttribute(
      'aria-label',
      `${this.#data.label}: arrow keys read it, plus and minus zoom, Escape shows all of it`,
    );
    this.#reading.setAttribute('role', 'status');
    this.#reset.setAttribute('type', 'button');
    this.#reset.textContent = 'Reset zoom';
    this.#reset.addEventListener('click', () => this.#zoom(null));
    figure.append(this.#reading, this.#reset);
    this.#showReading();
    this.#reset.hidden = this.#range === null;
    plotHolder.addEventListener('pointerdown', (event) => this.#onDown(event));
    plotHolder.addEventListener('pointermove', (event) => this.#onMove(event));
    plotHolder.addEventListener('pointerup', (event) => this.#onUp(event));
    plotHolder.addEventListener('pointercancel', () => this.#onLeave());
    plotHolder.addEventListener('pointerleave', () => this.#onLeave());
    plotHolder.addEventListener('dblclick', (event) => this.#onDoubleClick(event));
    plotHolder.addEventListener('click', (event) => this.#onLegend(event.target));
    plotHolder.addEventListener('keydown', (event) => this.#onKey(event));
  }

  #draw(): Plot {
    const { svg, plot } = drawLines({ ...this.#data, xRange: this.#range, hidden: this.#hidden });
    const focused = legendOf(document.activeElement);
    // Drawn by shared/figures, which escapes every text.
    this.#plotHolder.innerHTML = svg;
    for (const entry of this.#plotHolder.querySelectorAll<SVGElement>('[data-legend]')) {
      const at = legendOf(entry) ?? 0;
      entry.setAttribute('role', 'button');
      entry.setAttribute('tabindex', '0');
      entry.setAttribute('aria-pressed', String(!this.#hidden.has(at)));
      entry.setAttribute('aria-label', this.#data.curves[at]?.label ?? '');
      if (at === focused) entry.focus();
    }
    this.#svg.setAttribute('role', 'group');
    return plot;
  }

  get #svg(): SVGSVGElement {
    const svg = this.#plotHolder.querySelector('svg');
    if (!svg) throw new Error('A chart of this report has no drawing.');
    return svg;
  }

  #zoom(range: AxisRange | null): void {
    const isUsable = range === null || range.max > range.min;
    if (!isUsable) return;
    this.#range = range;
    this.#reset.hidden = range === null;
    this.#plot = this.#draw();
    this.#showReading();
  }

  #toggle(at: number): void {
    if (!this.#hidden.delete(at)) this.#hidden.add(at);
    this.#plot = this.#draw();
    this.#showReading();
  }

  /** Shows this one alone; once more shows all again. */
  #isolate(at: number): void {
    const others = this.#data.curves.map((_, i) => i).filter((i) => i !== at);
    const isAlone = !this.#hidden.has(at) && others.every((i) => this.#hidden.has(i));
    this.#hidden.clear();
    if (!isAlone) for (const other of others) this.#hidden.add(other);
    this.#plot = this.#draw();
    this.#showReading();
  }

  #placeOf(event: PointerEvent): number {
    const box = this.#svg.getBoundingClientRect();
    return ((event.clientX - box.left) * this.#svg.viewBox.baseVal.width) / box.width;
  }

  #isInPlot(px: number): boolean {
    return px >= this.#plot.frame.left && px <= this.#plot.frame.right;
  }

  #onDown(event: PointerEvent): void {
    const px = this.#placeOf(event);
    if (event.button !== 0 || !this.#isInPlot(px) || legendOf(event.target) !== null) return;
    this.#dragFrom = px;
    if (event.pointerType === 'mouse') this.#plotHolder.setPointerCapture(event.pointerId);
  }

  #onMove(event: PointerEvent): void {
    const px = this.#placeOf(event);
    this.#cursor = this.#isInPlot(px) ? px : null;
    this.#showReading(px);
  }

  #onUp(event: PointerEvent): void {
    const from = this.#dragFrom;
    this.#dragFrom = null;
    if (from === null) return;
    const { left, right } = this.#plot.frame;
    const to = Math.min(right, Math.max(left, this.#placeOf(event)));
    if (Math.abs(to - from) < LEAST_DRAG) {
      this.#showReading();
      return;
    }
    const [a, b] = [this.#plot.x.toValue(from), this.#plot.x.toValue(to)];
    this.#zoom({ min: Math.min(a, b), max: Math.max(a, b) });
  }

  #onLeave(): void {
    this.#dragFrom = null;
    this.#cursor = null;
    this.#showReading();
  }

  #onDoubleClick(event: MouseEvent): void {
    const at = legendOf(event.target);
    if (at === null) this.#zoom(null);
    else this.#isolate(at);
  }

  #onLegend(target: EventTarget | null): boolean {
    const at = legendOf(target);
    if (at === null) return false;
    this.#toggle(at);
    return true;
  }

  #onKey(event: KeyboardEvent): void {
    const { left, right } = this.#plot.frame;
    const isEnter = event.key === 'Enter' || event.key === ' ';
    if (isEnter && this.#onLegend(event.target)) {
      event.preventDefault();
      return;
    }
    switch (event.key) {
      case 'ArrowLeft':
      case 'ArrowRight': {
        const by = (event.key === 'ArrowLeft' ? -1 : 1) * KEY_STEP * (event.shiftKey ? 5 : 1);
        const at = this.#cursor ?? (by > 0 ? left : right);
        this.#cursor = Math.min(right, Math.max(left, at + by));
        this.#showReading();
        break;
      }
      case '+':
      case '=':
        this.#zoomBy(1 / ZOOM);
        break;
      case '-':
        this.#zoomBy(ZOOM);
        break;
      case 'Escape':
        this.#cursor = null;
        this.#zoom(null);
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  /** About the place that is read, and never beyond what there is. */
  #zoomBy(factor: number): void {
    const { left, right } = this.#plot.frame;
    const middle = this.#cursor ?? (left + right) / 2;
    const whole = wholeXRange({ ...this.#data, hidden: this.#hidden });
    const min = Math.max(whole.min, this.#plot.x.toValue(middle - (middle - left) * factor));
    const max = Math.min(whole.max, this.#plot.x.toValue(middle + (right - middle) * factor));
    this.#zoom(min <= whole.min && max >= whole.max ? null : { min, max });
  }

  #showReading(dragTo?: number): void {
    for (const old of this.#svg.querySelectorAll('.hair, .dragged')) old.remove();
    const { frame, x } = this.#plot;
    if (this.#dragFrom !== null && dragTo !== undefined) {
      const to = Math.min(frame.right, Math.max(frame.left, dragTo));
      this.#add('rect', 'dragged', {
        ...{ x: Math.min(this.#dragFrom, to), y: frame.top },
        ...{ width: Math.abs(to - this.#dragFrom), height: frame.bottom - frame.top },
      });
    }
    const px = this.#cursor;
    this.#reading.hidden = px === null;
    if (px === null) return;
    this.#add('line', 'hair', { x1: px, x2: px, y1: frame.top, y2: frame.bottom });
    const at = this.#plot.x.toValue(px);
    const { curves, xKind, xTitle, isShare = false } = this.#data;
    const shown = curves.filter((_, i) => !this.#hidden.has(i));
    const rows = readingsAt(shown, at, (x.max - x.min) * 0.02);
    const place = rows[0]?.x ?? at;
    const head = xKind ? formatX(xKind, place, x.max - x.min) : String(Math.round(place));
    const lines = rows
      .slice(0, MOST_READINGS)
      .map((row) => `${row.curve.label}: ${readingText(row, isShare)}`);
    if (rows.length > MOST_READINGS) lines.push(`and ${rows.length - MOST_READINGS} more`);
    this.#reading.replaceChildren(
      withText('b', xKind === 'step' || xKind === 'epoch' ? `${xTitle} ${head}` : head),
      ...lines.map((line) => withText('div', line)),
    );
    this.#placeReading(px);
  }

  #placeReading(px: number): void {
    const box = this.#svg.getBoundingClientRect();
    const outer = this.figure.getBoundingClientRect();
    const scale = box.width / this.#svg.viewBox.baseVal.width;
    const { frame } = this.#plot;
    const left = box.left - outer.left + px * scale;
    const isLeft = px < (frame.left + frame.right) / 2;
    this.#reading.style.left = isLeft ? `${left + 14}px` : '';
    this.#reading.style.right = isLeft ? '' : `${outer.width - left + 14}px`;
    this.#reading.style.top = `${box.top - outer.top + frame.top * scale + 8}px`;
  }

  #add(name: 'line' | 'rect', className: string, numbers: Readonly<Record<string, number>>): void {
    const element = document.createElementNS(SVG, name);
    element.setAttribute('class', className);
    for (const [key, value] of Object.entries(numbers)) element.setAttribute(key, String(value));
    this.#svg.append(element);
  }
}

/** The number of the legend's entry that `target` lies in. */
function legendOf(target: EventTarget | null): number | null {
  const entry = target instanceof Element ? target.closest('[data-legend]') : null;
  return entry ? Number(entry.getAttribute('data-legend')) : null;
}

function made<N extends 'div' | 'button'>(name: N, className: string): HTMLElementTagNameMap[N] {
  const element = document.createElement(name);
  element.className = className;
  return element;
}

function withText(name: 'b' | 'div', text: string): HTMLElement {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
