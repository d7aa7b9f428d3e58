import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ensurePage } from './built-page.ts';

const builtin = path.join('main', 'build', 'page.mjs');

/** A checkout whose builder is this script. */
function checkout(builder?: string): string {
  const project = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-page-'));
  onTestFinished(() => fs.rmSync(project, { recursive: true, force: true }));
  if (builder === undefined) return project;
  fs.mkdirSync(path.join(project, path.dirname(builtin)), { recursive: true });
  fs.writeFileSync(path.join(project, builtin), builder);
  return project;
}

async function ensure(project: string, stop = new AbortController().signal): Promise<string[]> {
  const notes: string[] = [];
  await ensurePage({ note: (line) => notes.push(line) }, { project, stop });
  return notes;
}

test('An installed app has its page: nothing is built.', async () => {
  expect(await ensure(checkout())).toEqual([]);
});

test('What the builder says is passed on.', async () => {
  const project = checkout("console.error('Building the page …');");
  expect(await ensure(project)).toEqual(['Building the page …']);
});

test('A page that can not be built is an error with the last words of the builder.', async () => {
  const project = checkout("console.error('x.ts: no such name'); process.exitCode = 1;");
  await expect(ensure(project)).rejects.toMatchObject({
    code: 'page-not-built',
    message: 'The page could not be built: x.ts: no such name',
    path: path.join(project, builtin),
  });
});

test('Building ends when it is asked to.', async () => {
  const project = checkout("console.error('begun'); setInterval(() => {}, 1000);");
  const stop = new AbortController();
  const ended = ensurePage({ note: () => stop.abort() }, { project, stop: stop.signal });
  await expect(ended).rejects.toMatchObject({ code: 'cancelled' });
});
