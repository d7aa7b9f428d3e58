// Success or a coded sentence; and nothing that was read may differ from what was written.
import type { FuzzEnd } from './messages.ts';

/** Undefined if all is well. `written`: what may be read, by name, where the data protects itself. */
export function faultOf(
  end: FuzzEnd,
  written?: Readonly<Record<string, string>>,
): string | undefined {
  switch (end.kind) {
    case 'hung':
      return 'it did not answer within 5 s of its own processor time';
    case 'died':
      return `it ended by ${end.how}`;
    case 'defect':
      return `a defect: ${end.message.slice(0, 600)}`;
    case 'refused':
      return faultOfSentence(end.code, end.sentence);
    case 'success': {
      if (written === undefined) return undefined;
      const changed = Object.keys(end.read).filter((name) => end.read[name] !== written[name]);
      return changed.length === 0 ? undefined : `damage that nobody noticed: ${changed.join(', ')}`;
    }
  }
}

export function faultOfSentence(code: string, sentence: string): string | undefined {
  if (!/^[a-z][a-z0-9-]*$/.test(code)) return `a code that is none: ${code}`;
  if (/^\s+at .+[:/]\d+/m.test(sentence)) return `a stack trace: ${sentence.slice(0, 300)}`;
  if (/\[object Object\]|\bundefined\b|\bNaN\b/.test(sentence)) {
    return `a sentence with a slip: ${sentence.slice(0, 300)}`;
  }
  return sentence.trim() === '' || sentence.length > 4000
    ? `no readable sentence (${sentence.length} characters)`
    : undefined;
}
