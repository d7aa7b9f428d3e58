// In which encoding a zip's names are that are not UTF-8. The format says CP437; Windows in China and
// Japan writes GBK and Shift-JIS, and nothing in the file tells. All such names of an archive are judged
// together. Pure.

import { utf8Of } from '../utf8.ts';

export type NameEncoding = 'cp437' | GuessedEncoding;
/** Told from the bytes alone. */
export type GuessedEncoding = 'gbk' | 'shift_jis';

/**
 * Of the bytes of all names that may be anything. Short ones in GBK can be UTF-8 by chance; one that
 * cannot be tells of all. With `cp437` those that are UTF-8 are that.
 */
export function encodingOf(names: readonly Uint8Array[]): NameEncoding {
  if (names.every((name) => utf8Of(name) !== undefined)) return 'cp437';
  if (names.every(isGb2312)) return 'gbk';
  return names.every(isShiftJis) ? 'shift_jis' : 'cp437';
}

export function decodeName(bytes: Uint8Array, encoding: GuessedEncoding): string {
  return new TextDecoder(encoding).decode(bytes);
}

/** Hanzi and symbols of GB 2312 only: in CP437 most of these bytes draw boxes, which no name has. */
function isGb2312(bytes: Uint8Array): boolean {
  let hanzi = 0;
  for (let i = 0; i < bytes.length; i++) {
    const lead = bytes[i] ?? 0;
    if (lead < 0x80) continue;
    const trail = bytes[++i] ?? 0;
    if (lead < 0xa1 || lead > 0xf7 || trail < 0xa1 || trail > 0xfe) return false;
    if (lead >= 0xb0) hanzi++;
  }
  return hanzi > 0;
}

/** Kana or common kanji, two or more in a row; `château` in CP437 has one odd byte among letters. */
function isShiftJis(bytes: Uint8Array): boolean {
  let run = 0;
  let longest = 0;
  for (let i = 0; i < bytes.length; i++) {
    const lead = bytes[i] ?? 0;
    if (lead < 0x80) {
      run = 0;
      continue;
    }
    const trail = bytes[++i] ?? 0;
    const isTrail = trail >= 0x40 && trail !== 0x7f && trail <= 0xfc;
    const isKana = (lead === 0x82 && trail >= 0x9f) || lead === 0x83;
    const isKanji = lead >= 0x88 && lead <= 0x9f;
    const isSymbol = lead === 0x81;
    if (!isTrail || !(isKana || isKanji || isSymbol)) return false;
    if (run === 0 && isLetter(bytes[i - 2])) return false;
    longest = Math.max(longest, ++run);
  }
  return longest > 1;
}

function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && /[a-z]/.test(String.fromCharCode(byte));
}
