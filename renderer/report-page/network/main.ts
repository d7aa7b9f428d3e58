// The script of the networks that an exported report carries: a reader drops an image on one and sees what it says.
// Runs without any connection; nothing leaves the page. Bundled with TensorFlow.js into one text, apart from the
// other script, so that reports without networks stay small.
import { NetworkTrial } from './network-trial.ts';

for (const figure of document.querySelectorAll<HTMLElement>('figure.network')) {
  const source = figure.querySelector('script[type="application/json"]')?.textContent;
  if (source) new NetworkTrial(figure, source);
}
