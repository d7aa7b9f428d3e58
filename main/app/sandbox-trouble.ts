// Why Electron's sandbox may not start on Linux, and what the owner of the machine can do about it. The
// sandbox is never turned off: the app reads files that strangers made.
import fs from 'node:fs';

/** Chromium's words when it finds no way to make a sandbox. */
const SANDBOX_WORDS = /SUID sandbox|No usable sandbox|setuid_sandbox_host|zygote_host_impl_linux/i;

type ReadSetting = (file: string) => string | undefined;

const SETTINGS = {
  /** Ubuntu 23.10 and newer, 1: only programs with an AppArmor profile may (electron#42510). */
  apparmor: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
  /** Debian and hardened kernels, 0: nobody but root may. */
  clone: '/proc/sys/kernel/unprivileged_userns_clone',
} as const;

/**
 * What an Electron that ended at once suffered from, with the remedies; completes "No window: …".
 * Undefined if it was something else.
 */
export function explainSandbox(
  binary: string,
  words: readonly string[],
  readSetting: ReadSetting = read,
): string | undefined {
  const isRestricted = readSetting(SETTINGS.apparmor) === '1';
  const isForbidden = readSetting(SETTINGS.clone) === '0';
  const saysSo = words.some((line) => SANDBOX_WORDS.test(line));
  if (isRestricted && (saysSo || words.length === 0)) return restricted(binary);
  if (!saysSo) return undefined;
  const start = 'Electron ended at once because its sandbox needs user namespaces';
  if (isForbidden) {
    return `${start}, which this system forbids. Allow them until the next start with: sudo sysctl -w kernel.unprivileged_userns_clone=1`;
  }
  return `${start}, which this system does not give it (a container, or a limit of the system). Start outside of the container, or allow user namespaces`;
}

function restricted(binary: string): string {
  const profile = [
    'abi <abi/4.0>,',
    'include <tunables/global>',
    `profile resnet-lab-electron "${binary}" flags=(unconfined) {`,
    '  userns,',
    '}',
  ];
  const file = '/etc/apparmor.d/resnet-lab-electron';
  const lines = profile.map(quoted).join(' ');
  return [
    'Electron ended at once because this system lets only programs with an AppArmor profile make the user namespaces that its sandbox needs (electron#42510). Either give this Electron one:',
    `  printf '%s\\n' ${lines} | sudo tee ${file} && sudo apparmor_parser -r ${file}`,
    'or allow them to all programs until the next start of the machine:',
    '  sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    'and start again',
  ].join('\n');
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
