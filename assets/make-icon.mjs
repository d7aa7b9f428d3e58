// Draws icon.png from icon.svg. Run it after a change of the drawing: `node assets/make-icon.mjs`.
import fs from 'node:fs';
import { ResizeFilterType, Transformer } from '@napi-rs/image';

const file = (name) => new URL(name, import.meta.url);
// The renderer draws at twice the size, which makes for smooth edges.
const png = await Transformer.fromSvg(fs.readFileSync(file('icon.svg')))
  .resize({ width: 512, height: 512, filter: ResizeFilterType.Lanczos3 })
  .png();
fs.writeFileSync(file('icon.png'), png);
console.log(`icon.png: ${png.length} bytes`);
