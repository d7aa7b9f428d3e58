// Turns a colour token into the value it has now, for canvases, which know no custom properties.
// Resolve again when the theme changes (`app.theme.effective`).

let probe: HTMLElement | undefined;

/** `resolveColour('--series-1')` → `rgb(47, 127, 201)`. */
export function resolveColour(token: `--${string}`): string {
  if (probe === undefined) {
    probe = document.createElement('span');
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(${token})`;
  return getComputedStyle(probe).color;
}
