import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { launchElectron } from './launch.ts';
import { explainSandbox } from './sandbox-trouble.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-launch-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
});

/** Node in Electron's place, which behaves as the text says. */
async function launch(behaviour: string, options: { earlyMs?: number } = {}) {
  const startFile = path.join(folder, 'start.mjs');
  fs.writeFileSync(startFile, behaviour);
  return launchElectron(process.execPath, {
    args: ['--home=/x y', 'flowers'],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    startFile,
    ...options,
  });
}

test('Electron runs the start file with the arguments, as itself and not as Node.', async () => {
  const seen = path.join(folder, 'seen.json');
  const result = await launch(
    `import fs from 'node:fs';
     const asNode = process.env.ELECTRON_RUN_AS_NODE ?? null;
     fs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ args: process.argv.slice(2), asNode }));`,
  );
  expect(result).toEqual({ exitCode: 0 });
  expect(JSON.parse(fs.readFileSync(seen, 'utf8'))).toEqual({
    args: ['--home=/x y', 'flowers'],
    asNode: null,
  });
});

test('An Electron that dies within its first seconds opens nothing, and its last words are told.', async () => {
  const result = await launch(
    `console.error('[1:ERROR:x.cc] cannot open libgtk-3.so.0'); process.exit(127);`,
  );
  expect(result).toEqual({
    reason:
      'Electron ended at once, with exit code 127. Its last words: [1:ERROR:x.cc] cannot open libgtk-3.so.0',
  });
});

test('A crash at once is told as well, also without a word.', async () => {
  const result = await launch(`process.kill(process.pid, 'SIGSEGV'); setInterval(() => {}, 1000);`);
  expect(result).toEqual({
    reason: expect.stringMatching(/ended at once, by SIGSEGV\. It said nothing/) as string,
  });
});

test('A window that was open for a while, or was ended on purpose, is no failure to open.', async () => {
  expect(await launch('process.exit(3);', { earlyMs: 0 })).toEqual({ exitCode: 3 });
  expect(
    await launch(`process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);`),
  ).toEqual({ exitCode: 1 });
});

test('A binary that can not be started is named.', async () => {
  const result = await launchElectron('/no/such/electron', { args: [], env: {} });
  expect(result).toEqual({ reason: expect.stringContaining('/no/such/electron') as string });
});

const SUID_WORDS = [
  '[FATAL:sandbox/linux/suid/client/setuid_sandbox_host.cc:166] The SUID sandbox helper binary was found, but is not configured correctly.',
];
const settings =
  (values: Readonly<Record<string, string>>) =>
  (file: string): string | undefined =>
    values[path.basename(file)];

test('Where AppArmor restricts user namespaces both remedies are named, and none turns the sandbox off.', () => {
  const restricted = settings({ apparmor_restrict_unprivileged_userns: '1' });
  const said = explainSandbox("/it's/electron", SUID_WORDS, restricted) ?? '';
  expect(said).toContain('/etc/apparmor.d/resnet-lab-electron');
  expect(said).toContain(String.raw`"/it'\''s/electron" flags=(unconfined)`);
  expect(said).toContain('sysctl -w kernel.apparmor_restrict_unprivileged_userns=0');
  expect(said).not.toContain('--no-sandbox');
});

test('Other reasons for a missing sandbox have their own remedy.', () => {
  const forbidden = settings({ unprivileged_userns_clone: '0' });
  expect(explainSandbox('/electron', SUID_WORDS, forbidden)).toContain(
    'unprivileged_userns_clone=1',
  );
  expect(explainSandbox('/electron', SUID_WORDS, settings({}))).toContain('container');
});

test('What is not about the sandbox is not said to be, restricted or not.', () => {
  const restricted = settings({ apparmor_restrict_unprivileged_userns: '1' });
  expect(explainSandbox('/electron', ['libgtk-3.so.0 is missing'], restricted)).toBeUndefined();
});
