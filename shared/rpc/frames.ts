// What the two ends say to each other. The client: hello, call, cancel, subscribe, unsubscribe and
// acknowledge; the server: hello, event and reply. Ids are the client's and only ever grow. A reply
// answers a call or ends a subscription or a job, once. A cancelled call is not answered; a cancelled job
// goes on to its end, with events and a reply, unless it is unsubscribed from.
import { z } from 'zod';
import { ErrorDocument } from '../error-document.ts';
import { failure, type AppError } from '../errors.ts';
import { formatBytes } from '../format.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import type { WireMessage } from './wire.ts';

/** Raised when frames change. The contract has a version of its own. */
export const RPC_PROTOCOL = 2;

/** The longest message either end sends or takes. */
export const DEFAULT_LIMIT_BYTES = 64 * 1024 * 1024;

/** A subscription has at most this many events on their way. */
export const EVENT_WINDOW = 32;

/** The client acknowledges events in groups of this size; less than the window, or both would wait. */
export const ACKNOWLEDGE_EVERY = 8;

const Id = z.int().positive();
/** The longest name has about thirty characters. */
const Name = z.string().max(100);

const Hello = z.object({
  kind: z.literal('hello'),
  protocol: z.int(),
  version: z.int(),
});

export const ClientFrame = z.discriminatedUnion('kind', [
  Hello,
  z.object({ kind: z.literal('call'), id: Id, name: Name, input: z.unknown().optional() }),
  z.object({ kind: z.literal('cancel'), id: Id }),
  z.object({
    kind: z.literal('subscribe'),
    id: Id,
    name: Name,
    input: z.unknown().optional(),
  }),
  z.object({ kind: z.literal('unsubscribe'), id: Id }),
  z.object({ kind: z.literal('acknowledge'), id: Id, count: z.int().positive() }),
]);

export const ServerFrame = z.discriminatedUnion('kind', [
  Hello,
  z.object({
    kind: z.literal('event'),
    id: Id,
    event: z.unknown().optional(),
    /** Somebody waits for its acknowledgement. */
    isAwaited: z.literal(true).optional(),
  }),
  z.object({
    kind: z.literal('reply'),
    id: Id,
    output: z.unknown().optional(),
    error: ErrorDocument.optional(),
  }),
]);

export type ClientFrame = z.output<typeof ClientFrame>;
export type ServerFrame = z.output<typeof ServerFrame>;

/** @throws AppError `too-large`; TypeError for what cannot cross */
export function encodeFrame(frame: ClientFrame | ServerFrame, limitBytes: number): WireMessage {
  const message = encodeMessage(frame);
  if (message.length <= limitBytes) return message;
  throw failure(
    'too-large',
    `A message of ${formatBytes(message.length)} is more than the ${formatBytes(limitBytes)} that one may have. Ask for less at a time.`,
    { details: { givenBytes: message.length, limitBytes } },
  );
}

/** @throws AppError `bad-frame` */
export function decodeFrame<F>(schema: z.ZodType<F>, message: Uint8Array, limitBytes: number): F {
  if (message.length > limitBytes) throw violation('it is longer than any may be');
  const parsed = schema.safeParse(decodeMessage(message));
  if (!parsed.success) throw violation('it is none of the frames that both ends know');
  return parsed.data;
}

/** One end broke the rules: a defect, or somebody else's program. The connection ends. */
export function violation(why: string): AppError {
  return failure('bad-frame', `The other end sent something wrong: ${why}. Reload the page.`);
}

export function versionMismatch(given: Hello, version: number): AppError | undefined {
  if (given.version === version && given.protocol === RPC_PROTOCOL) return undefined;
  return failure(
    'version-mismatch',
    'The page and the program behind it are of different versions. Reload the page; if that does not help, restart the program.',
    {
      details: {
        expected: { protocol: RPC_PROTOCOL, version },
        given: { protocol: given.protocol, version: given.version },
      },
    },
  );
}

type Hello = z.output<typeof Hello>;

export function hello(version: number): Hello {
  return { kind: 'hello', protocol: RPC_PROTOCOL, version };
}
