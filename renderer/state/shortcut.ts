// Keyboard shortcuts as text: `mod+k` (⌘ on a Mac, Ctrl elsewhere), `?`, `g r` (one key after another).
// Pure: compares what was pressed with what is registered.

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** One press as text; undefined for a modifier alone. */
export function pressText(press: KeyPress, isMac: boolean): string | undefined {
  if (['Control', 'Meta', 'Alt', 'Shift'].includes(press.key)) return undefined;
  const mod = isMac ? press.metaKey : press.ctrlKey;
  const isLetter = /^[a-z]$/i.test(press.key);
  const parts = [
    ...(mod ? ['mod'] : []),
    ...(press.altKey ? ['alt'] : []),
    // A sign such as ? already says that Shift was held.
    ...(press.shiftKey && (isLetter || press.key.length > 1) ? ['shift'] : []),
    press.key.toLowerCase(),
  ];
  return parts.join('+');
}

/** For people: `Ctrl K`, `⌘ K`, `G then R`. */
export function shortcutLabel(shortcut: string, isMac: boolean): string {
  const names: Partial<Record<string, string>> = {
    mod: isMac ? '⌘' : 'Ctrl',
    shift: isMac ? '⇧' : 'Shift',
    alt: isMac ? '⌥' : 'Alt',
    enter: '↵',
    escape: 'Esc',
    delete: 'Del',
  };
  return shortcut
    .split(' ')
    .map((press) =>
      press
        .split('+')
        .map((part) => names[part] ?? part.toUpperCase())
        .join(' '),
    )
    .join(' then ');
}
