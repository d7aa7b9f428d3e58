// Which code this is, recorded with every run: the package's version and a hash of all sources,
// `0.1.0+5f0c2a9be1`. Put in when the programs are bundled; code that runs unbundled says so.
declare const RESNET_LAB_CODE_VERSION: string | undefined;

export const codeVersion: string =
  typeof RESNET_LAB_CODE_VERSION === 'string' ? RESNET_LAB_CODE_VERSION : 'unbundled';
