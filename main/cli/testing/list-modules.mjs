// Imported before a program's own code (NODE_OPTIONS): writes down, at its end, which CommonJS modules it had
// loaded. Packages that are imported are among them if they are CommonJS, as all of those looked for are.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';

const { cache } = createRequire(import.meta.url);

process.on('exit', () => {
  const loaded = Object.entries(cache).map(([file, { exports }]) => ({
    file,
    exports: typeof exports === 'object' && exports !== null ? Object.keys(exports) : [],
  }));
  const program = path.basename(process.argv[1] ?? '');
  const target = path.join(process.env.RESNET_LAB_MODULE_LISTS, `${program}-${process.pid}.json`);
  fs.writeFileSync(target, JSON.stringify({ program, loaded }));
});
