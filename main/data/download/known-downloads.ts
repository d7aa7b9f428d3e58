// The datasets that can be fetched from their authors: where they are and how their bytes are known to
// be the right ones. Facts only; nothing here touches a network.
import { inputError } from '../../../shared/errors.ts';
import { closestNames } from '../../../shared/spec/closest.ts';

export interface KnownDownload {
  readonly name: string;
  readonly title: string;
  readonly url: string;
  /** Where the authors say what it is, for people. */
  readonly homepage: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

const CIFAR_HOME = 'https://www.cs.toronto.edu/~kriz';

/** Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images"; the binary versions. */
export const KNOWN_DOWNLOADS: readonly KnownDownload[] = [
  {
    name: 'cifar10',
    title: 'CIFAR-10: 60,000 colour images of 32×32 in 10 classes',
    url: `${CIFAR_HOME}/cifar-10-binary.tar.gz`,
    homepage: `${CIFAR_HOME}/cifar.html`,
    fileName: 'cifar-10-binary.tar.gz',
    sizeBytes: 170_052_171,
    sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
  },
  {
    name: 'cifar100',
    title: 'CIFAR-100: 60,000 colour images of 32×32 in 100 classes',
    url: `${CIFAR_HOME}/cifar-100-binary.tar.gz`,
    homepage: `${CIFAR_HOME}/cifar.html`,
    fileName: 'cifar-100-binary.tar.gz',
    sizeBytes: 168_513_733,
    sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
  },
];

/** @throws inputError `unknown-download` */
export function getDownload(name: string): KnownDownload {
  const found = KNOWN_DOWNLOADS.find((download) => download.name === name);
  if (found !== undefined) return found;
  const names = KNOWN_DOWNLOADS.map((download) => download.name);
  const [close] = closestNames(name, names);
  const hint = close === undefined ? '.' : `; did you mean ${close}?`;
  throw inputError(
    'unknown-download',
    `There is no dataset "${name}" to download; there are ${names.join(' and ')}${hint}`,
    { details: { name, names } },
  );
}
