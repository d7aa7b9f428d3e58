// A picture as a file of its own: it brings the colours that the page or a report would define. Pure.

/** The page's tokens (renderer/styles/tokens.css) as they are in the light. */
export const LIGHT_TOKENS: Readonly<Record<string, string>> = {
  '--surface-0': '#ffffff',
  '--surface-1': '#ffffff',
  '--surface-2': '#f0f1f4',
  '--text-1': '#16181d',
  '--text-2': '#4a515d',
  '--text-3': '#626975',
  '--border': '#dfe2e7',
  '--border-strong': '#c4c9d1',
  '--accent': '#2b5bd7',
  '--warn': '#8f5b00',
  '--warn-soft': '#fbf0da',
  '--bad': '#bb3315',
  '--good': '#0b756b',
  '--grid': '#e8eaee',
  '--series-1': '#2f7fc9',
  '--series-2': '#c27c00',
  '--series-3': '#bd1f01',
  '--series-4': '#7b8b88',
  '--series-5': '#832db6',
  '--series-6': '#a96b59',
  '--series-7': '#d65b00',
  '--series-8': '#8c8146',
  '--series-9': '#5c606b',
  '--series-10': '#2b9299',
  '--sans': "Inter, system-ui, -apple-system, 'Segoe UI', sans-serif",
};

/** With the colours written in, so that programs that know no custom properties show it as well. */
export function standaloneSvg(svg: string): string {
  const coloured = svg.replace(/var\((--[\w-]+)(?:,[^)]*)?\)/g, (_, name: string) =>
    (LIGHT_TOKENS[name] ?? '#16181d').replaceAll('"', ''),
  );
  return coloured.replace(/^(<svg [^>]*>)/, '$1<rect width="100%" height="100%" fill="#ffffff"/>');
}
