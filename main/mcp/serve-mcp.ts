// A server of the Model Context Protocol over stdin and stdout, on one library. Nothing but the protocol is
// written to stdout. It ends when its client does; what it trains is checkpointed before.
import { McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { AppServices } from '../host/app-services.ts';
import type { HostParts } from '../host/host-parts.ts';
import { libraryTools } from './library-tools.ts';
import { predictionTools } from './prediction-tools.ts';
import { runTools } from './run-tools.ts';
import { register } from './tool.ts';
import { writeTools, type SpecsOf } from './write-tools.ts';

export interface McpOptions {
  readonly allowWrite: boolean;
  readonly specsOf: SpecsOf;
  readonly onError: (error: unknown) => void;
  /** Ends the server as if its client had. */
  readonly stop: AbortSignal;
}

/** Resolves when the client has gone and nothing is trained any more. */
export async function serveMcp(parts: HostParts, options: McpOptions): Promise<void> {
  let services: AppServices | undefined;
  const openServices = (): AppServices =>
    (services ??= new AppServices(parts, { onError: options.onError }));
  const server = new McpServer(
    { name: 'resnet-lab', title: 'ResNet Lab', version: parts.codeVersion },
    { instructions: instructions(options.allowWrite) },
  );
  const writing = options.allowWrite
    ? writeTools({ library: parts.library, services: openServices, specsOf: options.specsOf })
    : [];
  for (const one of [
    ...runTools(parts),
    ...libraryTools(parts),
    ...predictionTools(parts),
    ...writing,
  ])
    register(server, one);
  try {
    await untilClosed(server, options);
  } finally {
    await services?.close();
  }
}

async function untilClosed(server: McpServer, { stop, onError }: McpOptions): Promise<void> {
  const transport = new StdioServerTransport();
  const closed = new Promise<void>((resolve) => {
    server.server.onclose = resolve;
    stop.addEventListener('abort', () => resolve(), { once: true });
    if (stop.aborted) resolve();
  });
  server.server.onerror = onError;
  await server.connect(transport);
  await closed;
  await server.close();
}

function instructions(allowWrite: boolean): string {
  const rights = allowWrite
    ? 'Trainings can be started, paused, stopped and resumed.'
    : 'The library can only be read; started with --allow-write, trainings can be started as well.';
  return `ResNet Lab trains residual networks for image classification. ${rights} Accuracies are shares of one, losses nats, times milliseconds. Compare several seeds before calling anything better.`;
}
