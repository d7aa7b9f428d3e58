// `npm run dev`: a real host with the page from Vite in front of it, so that a change of the page is
// seen at once. Arguments go to `resnet-lab serve` (`npm run dev -- --home /tmp/library`).
import { spawn } from 'node:child_process';
import process from 'node:process';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const command = fileURLToPath(new URL('../main/cli/resnet-lab.mjs', import.meta.url));
const config = fileURLToPath(new URL('./vite.config.ts', import.meta.url));

// Vite has the page; what the host would serve is never asked for.
const page = fileURLToPath(new URL('.', import.meta.url));
const serve = ['serve', '--port', '0', '--page', page];
const host = spawn(process.execPath, [command, ...process.argv.slice(2), ...serve], {
  stdio: ['inherit', 'pipe', 'inherit'],
});
host.on('exit', (code) => process.exit(code ?? 1));
// It ends first, with its checkpoints. A polite signal counts once, whatever the terminal has sent it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => host.kill('SIGTERM'));
}

for await (const line of readline.createInterface({ input: host.stdout })) {
  const address = /https?:\/\/\S+/.exec(line)?.[0];
  if (address === undefined) {
    console.log(line);
    continue;
  }
  const { origin, search } = new URL(address);
  process.env.RESNET_LAB_DEV_HOST = origin;
  const server = await createServer({ configFile: config });
  await server.listen();
  console.log(`ResNet Lab, with hot reload, is at ${server.resolvedUrls?.local[0] ?? ''}${search}`);
  break;
}
