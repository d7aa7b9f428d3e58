// An agent's own client, over stdin and stdout of the real program, trains a small network and reads it.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { png } from '../data/testing/fixtures.ts';

const program = fileURLToPath(new URL('../cli/resnet-lab.mjs', import.meta.url));

let home: string;
beforeAll(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-mcp-'));
});
afterAll(() => {
  fs.rmSync(home, { recursive: true, force: true });
});

interface Agent {
  readonly tools: readonly string[];
  call(name: string, input?: Record<string, unknown>): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

async function connect(...args: readonly string[]): Promise<Agent> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, '--home', home, 'mcp', ...args],
    stderr: 'pipe',
  });
  const client = new Client({ name: 'test', version: '1' });
  const broken: unknown[] = [];
  // A line on stdout that is no message of the protocol arrives here.
  client.onerror = (error) => broken.push(error);
  await client.connect(transport);
  const { tools } = await client.listTools();
  return {
    tools: tools.map(({ name }) => name),
    call: async (name, input = {}) => {
      const { structuredContent } = await client.callTool({ name, arguments: input });
      return structuredContent as Record<string, unknown>;
    },
    close: async () => {
      await client.close();
      expect(broken).toEqual([]);
    },
  };
}

test('An agent starts a training, waits for it, reads its curves and compares it.', async () => {
  const agent = await connect('--allow-write');
  const started = await agent.call('start_training', {
    ...{ data: 'builtin:shapes?train=32&val=16', architecture: 'mini-basic-a' },
    ...{ steps: 6, batch: 8, seeds: [1, 2], group: 'tiny' },
  });
  const ids = (started['runs'] as { id: string }[]).map(({ id }) => id);
  expect(ids).toHaveLength(2);
  for (const run of ids) {
    const { isOver, run: row } = await agent.call('wait_for_run', { run, timeout_seconds: 120 });
    expect([isOver, row]).toEqual([true, expect.objectContaining({ status: 'finished', step: 6 })]);
  }
  const listed = await agent.call('list_runs', { group: 'tiny' });
  expect(listed).toMatchObject({ total: 2 });
  const { series } = await agent.call('read_series', { run: ids[0], names: ['train/loss'] });
  expect(series).toEqual([expect.objectContaining({ steps: [1, 2, 3, 4, 5, 6], pointCount: 6 })]);
  const compared = await agent.call('compare_runs', { runs: ids });
  expect(compared['groups']).toEqual([expect.objectContaining({ n: 2 })]);
  const image = path.join(home, 'x.png');
  fs.writeFileSync(
    image,
    png({ width: 20, height: 30 }, (x, y) => x * y),
  );
  const answer = await agent.call('predict_images', { run: ids[0], images: [image, `${image}x`] });
  expect(answer).toMatchObject({
    predictions: [{ file: image, classes: [{}, {}, {}, {}, {}] }],
    failed: [{ error: { code: 'not-found' } }],
  });
  expect(await agent.call('get_run', { run: 'nothing' })).toMatchObject({
    error: { code: 'no-such-run' },
  });
  expect(
    await agent.call('start_training', { data: '/nowhere', architecture: 'x' }),
  ).toHaveProperty('error.code');
  await agent.close();

  const reader = await connect();
  expect(reader.tools).toContain('describe_architecture');
  expect(reader.tools.filter((name) => /start|stop|pause|resume/.test(name))).toEqual([]);
  const outline = await reader.call('describe_architecture', { name: 'resnet20' });
  expect(outline).toMatchObject({ outline: { parameters: 269_722 } });
  expect(await reader.call('list_studies')).toEqual({ studies: [] });
  expect(await reader.call('read_study', { study: 'x' })).toHaveProperty(
    'error.code',
    'no-such-study',
  );
  expect(await reader.call('list_datasets')).toMatchObject({ datasets: [expect.anything()] });
  await reader.close();
});
