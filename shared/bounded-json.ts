// Parses JSON of somebody else. What reads the result (schemas, copies, comparisons) calls itself once
// a level, so a document of a million brackets would overflow the stack of a program that parsed it well.

/** No document of this program has more than about ten levels. */
export const DEEPEST_JSON = 100;

export class TooDeepError extends Error {
  override readonly name = 'TooDeepError';

  constructor() {
    super(`it is nested more than ${DEEPEST_JSON} levels deep`);
  }
}

/** @throws TooDeepError; SyntaxError for what is no JSON */
export function parseBoundedJson(text: string): unknown {
  let depth = 0;
  let isInText = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (isInText) {
      if (character === BACKSLASH) i++;
      else if (character === QUOTE) isInText = false;
    } else if (character === QUOTE) isInText = true;
    else if (character === OPEN_BRACKET || character === OPEN_BRACE) {
      if (++depth > DEEPEST_JSON) throw new TooDeepError();
    } else if (character === CLOSE_BRACKET || character === CLOSE_BRACE) depth--;
  }
  return JSON.parse(text) as unknown;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
