// Turns a colour token into the value it has in a theme, for canvases, which know no custom properties.
// The theme is asked for by name, not read off the page: whoever draws may do so a moment before the
// page itself has changed.

let probe: HTMLElement | undefined;

/** `resolveColour('--series-1', 'light')` → `rgb(47, 127, 201)`. */
export function resolveColour(token: `--${string}`, theme: 'dark' | 'light'): string {
  if (probe === undefined) {
    probe = document.createElement('span');
    probe.hidden = true;
    document.body.append(probe);
  }
  // Tokens are `light-dark(…)`, which follows the scheme of the element that uses them.
  probe.style.colorScheme = theme;
  probe.style.color = `var(${token})`;
  return getComputedStyle(probe).color;
}
