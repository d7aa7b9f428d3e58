// Names of files and classes come from strangers' datasets. In them a control character would be a command
// to the terminal (move the cursor, clear the screen, change its title), so it is shown as `\x1b`.

const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)/g;

/** Line breaks and tabs stay. */
export function visibleText(text: string): string {
  return text.replaceAll(
    CONTROLS,
    (found) => `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
