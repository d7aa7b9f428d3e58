// The few pages that the server makes itself: a door, and what to do when it is closed. No script, no
// style, nothing that could come from the request.

export interface Notice {
  readonly status: number;
  readonly title: string;
  readonly sentence: string;
}

export const notLetIn: Notice = {
  status: 401,
  title: 'This browser has not been let in',
  sentence:
    'Open the newest address that "resnet-lab serve" printed in its terminal. Each address lets in one browser, once; after that a new one is printed.',
};

export const notFound: Notice = {
  status: 404,
  title: 'There is nothing here',
  sentence: 'The app is at the root of this address.',
};

export const methodNotAllowed: Notice = {
  status: 405,
  title: 'Only for looking',
  sentence: 'This server answers GET and HEAD; everything else goes over its WebSocket.',
};

export const notBuilt: Notice = {
  status: 503,
  title: 'The page is not there',
  sentence: 'It may be being built at the moment. If not, build it with "npm run build".',
};

export const failed: Notice = {
  status: 500,
  title: 'The page could not be read',
  sentence: 'The terminal of "resnet-lab serve" says why.',
};

export function wrongHost(problem: string): Notice {
  return {
    status: 421,
    title: 'This is not the address of the server',
    sentence: `${problem} Open the address that "resnet-lab serve" printed.`,
  };
}

export function noticePage({ title, sentence }: Notice): string {
  return page(title, `<h1>${escaped(title)}</h1><p>${escaped(sentence)}</p>`);
}

/**
 * Leads from the address with the token to the one without. Not a redirect: that would still count as
 * coming from wherever the link was, and the cookie would not be sent along.
 */
export const doorPage = page(
  'ResNet Lab',
  '<p><a href="/">Open ResNet Lab</a></p>',
  '<meta http-equiv="refresh" content="0;url=/">',
);

/** The empty icon keeps browsers from asking for one. */
function page(title: string, body: string, head = ''): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">${head}<title>${escaped(title)}</title></head><body>${body}</body></html>\n`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
