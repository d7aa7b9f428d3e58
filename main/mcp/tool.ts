// What a tool of the Model Context Protocol is here: a name, what it takes, and a document as its answer. A
// refusal is an answer too: its code and its sentence, so that an agent can do something about it.
import type { McpServer, ServerContext } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import { toErrorDocument } from '../../shared/errors.ts';

interface Definition<Schema extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Schema;
  /** It changes the library or starts something; only with --allow-write. */
  readonly writes: boolean;
  readonly work: (input: z.output<Schema>, signal: AbortSignal) => Promise<object> | object;
}

export interface Tool extends Omit<Definition<z.ZodObject>, 'work'> {
  /** @throws what the input has wrong, too */
  readonly work: (given: unknown, signal: AbortSignal) => Promise<object>;
}

/** Infers the input's type from its schema. */
export function tool<Schema extends z.ZodObject>(definition: Definition<Schema>): Tool {
  const { input, work } = definition;
  return { ...definition, work: async (given, signal) => await work(input.parse(given), signal) };
}

export function register(server: McpServer, one: Tool): void {
  const { name, title, description, input, writes, work } = one;
  const annotations = { readOnlyHint: !writes, destructiveHint: false, openWorldHint: false };
  server.registerTool(
    name,
    { title, description, inputSchema: input, annotations },
    async (given: unknown, { mcpReq }: ServerContext) => {
      try {
        return documentOf(await work(given, mcpReq.signal), false);
      } catch (error) {
        return documentOf({ error: toErrorDocument(error) }, true);
      }
    },
  );
}

/** JSON has no word for NaN and infinities: they become null. */
function documentOf(document: object, isError: boolean) {
  const text = JSON.stringify(document);
  return {
    content: [{ type: 'text' as const, text }],
    structuredContent: JSON.parse(text) as Record<string, unknown>,
    ...(isError ? { isError } : {}),
  };
}

/** What was not given is not asked for. */
export type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

export function defined<T extends object>(query: T): Defined<T> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Defined<T>;
}
