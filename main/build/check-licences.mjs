// `npm run check:licences`: every package that a user gets has a licence that we may pass on, and the
// advisories of the registry, where it answers. Run by plain Node.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** Licences that may be in the product, each with the reason. */
export const ALLOWED = {
  MIT: 'permissive; its notice is kept with the package',
  ISC: 'as MIT, in fewer words',
  'BSD-2-Clause': 'permissive; its notice is kept with the package',
  'BSD-3-Clause': 'permissive; nobody is advertised with',
  'Apache-2.0': 'permissive, with a grant of patents; TensorFlow.js has it',
  '0BSD': 'permissive without a condition',
  'BlueOak-1.0.0': 'permissive, with a grant of patents',
  'CC0-1.0': 'public domain',
  Unlicense: 'public domain',
  'PSF-2.0': "Python's own, permissive; argparse, which markdown-it brings, is a port of Python's",
};

/** The parts of an SPDX expression: all of them must be allowed with AND, one of them with OR. */
export function isAllowed(expression) {
  const text = expression.replace(/[()]/g, '').trim();
  if (text.includes(' OR ')) return text.split(' OR ').some(isAllowed);
  return text.split(' AND ').every((name) => Object.hasOwn(ALLOWED, name.trim()));
}

/** Packages of the lock file that are installed for users, with what they say their licence is. */
export function productionLicences(lock, readManifest) {
  return Object.entries(lock.packages).flatMap(([place, entry]) => {
    if (place === '' || entry.dev === true || entry.devOptional === true) return [];
    const licence = entry.license ?? readManifest(place)?.license ?? 'none';
    return [{ name: place.replace(/^.*node_modules\//, ''), licence: String(licence) }];
  });
}

function readManifest(place) {
  const file = path.join(project, place, 'package.json');
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined;
}

/** A sentence; advisories do not fail the check: they come out without a change of ours. */
function audit() {
  let text;
  try {
    text = execFileSync('npm', ['audit', '--omit=dev', '--json'], {
      cwd: project,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 60_000,
    });
  } catch (error) {
    // npm ends with 1 when there are advisories.
    text = error.stdout ?? '';
  }
  let found;
  try {
    found = JSON.parse(text).vulnerabilities;
  } catch {
    found = undefined;
  }
  if (found === undefined)
    return 'Advisories: this registry does not answer npm audit, so none were looked up.';
  const names = Object.values(found).map(({ name, severity }) => `${name} (${severity})`);
  return names.length === 0
    ? 'Advisories: none.'
    : `Advisories for ${names.join(', ')}; "npm audit --omit=dev" has them. tar and node-pre-gyp are not loaded by trainings (main/cli/loaded-modules.native.test.ts).`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const lock = JSON.parse(fs.readFileSync(path.join(project, 'package-lock.json'), 'utf8'));
  const all = productionLicences(lock, readManifest);
  const refused = all.filter(({ licence }) => !isAllowed(licence));
  for (const { name, licence } of refused) {
    console.error(
      `${name} has the licence ${licence}, which is not in the list of main/build/check-licences.mjs. Take another package, or add the licence with the reason.`,
    );
  }
  console.log(`Licences: ${all.length} packages of the product, ${refused.length} not allowed.`);
  if (process.argv.includes('--audit')) console.log(audit());
  if (refused.length > 0) process.exitCode = 1;
}
