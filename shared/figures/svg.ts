// SVG as text. Pure. Every text and attribute passes `escapeXml`, so no name from a user can become an
// element. Colours are tokens (`var(--series-1)`): the page and a report define them, a file that
// stands alone brings them along.

export type Attributes = Readonly<Record<string, string | number | undefined>>;

export function escapeXml(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
      // Control characters have no place in XML, not even escaped.

      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
  );
}

/** `children` are SVG already. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === 'number' ? place(value) : escapeXml(value ?? '')}"`,
    )
    .join('');
  return children.length === 0
    ? `<${name}${written}/>`
    : `<${name}${written}>${children.join('')}</${name}>`;
}

export function text(words: string, attributes: Attributes): string {
  return element(
    'text',
    { fill: 'var(--text-2)', 'font-size': 12, ...attributes },
    escapeXml(words),
  );
}

/** What a pointer that rests on it is told. */
export function tip(words: string): string {
  return element('title', {}, escapeXml(words));
}

/** One of ten, or the colour of text. */
export type SeriesColour = number | 'neutral';

export function seriesColour(series: SeriesColour): string {
  if (series === 'neutral') return 'var(--text-2)';
  return `var(--series-${(((series % 10) + 10) % 10) + 1})`;
}

/** A tenth of a pixel is enough for eyes and printers. */
export function place(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Shortened to about `widthPx` of letters of that size. */
export function shortened(words: string, widthPx: number, sizePx = 12): string {
  const letters = Math.max(3, Math.floor((widthPx * 12) / (6.4 * sizePx)));
  return words.length <= letters ? words : `${words.slice(0, letters - 1)}…`;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The root of a picture. It scales with its place and never beyond its own size. */
export function picture(size: Size, label: string, ...children: string[]): string {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${place(size.width)} ${place(size.height)}`,
      width: size.width,
      height: size.height,
      role: 'img',
      'aria-label': label,
      'font-family': 'var(--sans, system-ui, sans-serif)',
    },
    ...children,
  );
}
