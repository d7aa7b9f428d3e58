import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';

interface Packing {
  /** Strings in the file; electron-builder groups them. */
  readonly files: readonly { readonly filter: readonly string[] }[];
  readonly asarUnpack: readonly string[];
  readonly extraResources: readonly { from: string; to: string; filter: readonly string[] }[];
  readonly electronFuses: Readonly<Record<string, boolean>>;
  readonly npmRebuild: boolean;
  readonly publish: null;
  readonly copyright: string;
  readonly extraMetadata: Readonly<Record<string, unknown>>;
  readonly linux: { target: readonly string[]; icon: string };
  readonly win: { target: readonly string[]; icon: string };
  readonly mac: { target: readonly string[]; icon: string };
}

/** electron-builder's own, which it does not export. */
interface Builder {
  getConfig(folder: string, file: string, changes: object | null): Promise<Packing>;
  validateConfiguration(packing: unknown, log: object): Promise<void>;
}

/** What goes into a package for Debian, as electron-builder asks for it. */
interface DebTarget {
  readonly prototype: {
    readonly computeFpmMetaInfoOptions: (this: object) => Promise<Readonly<Record<string, string>>>;
  };
}
type AppInfo = new (info: object, buildVersion: null) => object;

const project = fileURLToPath(new URL('../..', import.meta.url));
const builderRequire = createRequire(createRequire(import.meta.url).resolve('electron-builder'));
let builder: Builder;
let packing: Packing;
beforeAll(async () => {
  builder = builderRequire('app-builder-lib/out/util/config/config') as Builder;
  packing = await builder.getConfig(project, 'electron-builder.yml', null);
}, 60_000);

const check = (changed: unknown) => builder.validateConfiguration(changed, { isEnabled: false });

test('electron-builder accepts the configuration, and would notice a mistake.', async () => {
  await check(packing);
  await expect(check({ ...packing, asarUnpacked: [] })).rejects.toThrow('asarUnpacked');
  await expect(check({ ...packing, npmRebuild: 'no' })).rejects.toThrow('npmRebuild');
}, 60_000);

test('Each system has its installer, with an icon large enough for all of them.', () => {
  expect(packing.linux.target).toEqual(['deb', 'AppImage']);
  expect(packing.win.target).toEqual(['nsis']);
  expect(packing.mac.target).toEqual(['dmg']);
  const icon = fs.readFileSync(path.join(project, 'assets', packing.linux.icon));
  expect(icon.subarray(1, 4).toString()).toBe('PNG');
  expect([icon.readUInt32BE(16), icon.readUInt32BE(20)]).toEqual([512, 512]);
  expect(icon.length).toBeLessThan(100_000);
});

test('Nothing is rebuilt, published or looked for on the network by the packed app.', () => {
  expect(packing.npmRebuild).toBe(false);
  expect(packing.publish).toBeNull();
});

test('Only bundles, the page and what starts them are packed of this project.', () => {
  const patterns = packing.files.flatMap(({ filter }) => filter);
  const ours = patterns.filter((pattern) => !pattern.startsWith('!'));
  expect(ours).toEqual([
    'main/app/start.mjs',
    'dist/${env.RESNET_LAB_BUNDLE}/**',
    'dist/renderer/**',
    'assets/icon.png',
    'assets/export/**',
  ]);
  const { main } = JSON.parse(fs.readFileSync(path.join(project, 'package.json'), 'utf8')) as {
    main: string;
  };
  expect(ours).toContain(main);
});

test('What compilers and loaders read lies outside the archive.', () => {
  const unpacked = packing.asarUnpack.map((pattern) => pattern.replace(/\/(dist\/)?\*.*$/, ''));
  for (const name of ['@tensorflow/tfjs-node-gpu', 'node-api-headers', '@photostructure/sqlite']) {
    expect(unpacked).toContain(`node_modules/${name}`);
    expect(fs.existsSync(path.join(project, 'node_modules', name))).toBe(true);
  }
  expect(packing.asarUnpack).toContain('node_modules/@napi-rs/image-*/**');
  // electron-builder drops C++ sources from packages.
  const [sources] = packing.extraResources;
  expect(sources?.to).toBe(`app.asar.unpacked/${sources?.from}`);
  expect(sources?.filter).toEqual(['binding/**', 'binding.gyp']);
});

test('The fuses leave on what staging needs, and nothing else that opens the app to others.', () => {
  expect(packing.electronFuses).toEqual({
    runAsNode: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  });
});

test('The packages name who made the program as its license does, and no address that could be taken for one.', async () => {
  const holder = /Copyright \(c\) (\d+ .*)/.exec(
    fs.readFileSync(path.join(project, 'LICENSE'), 'utf8'),
  )?.[1];
  expect(packing.copyright).toBe(`Copyright © ${holder}`);
  const manifest = JSON.parse(
    fs.readFileSync(path.join(project, 'package.json'), 'utf8'),
  ) as object;
  const metadata = { ...manifest, ...packing.extraMetadata };
  const { checkMetadata } = builderRequire('app-builder-lib/out/util/packageMetadata') as {
    checkMetadata: (metadata: object, devMetadata: object, file: string, devFile: string) => void;
  };
  checkMetadata(metadata, metadata, 'package.json', 'package.json');
  expect(() => checkMetadata({ ...metadata, name: '' }, metadata, 'a', 'b')).toThrow("'name'");
  const { AppInfo } = builderRequire('app-builder-lib/out/appInfo') as { AppInfo: AppInfo };
  const target = builderRequire('app-builder-lib/out/targets/FpmTarget') as { default: DebTarget };
  const info = { metadata, config: packing, repositoryInfo: Promise.resolve(null) };
  const described = (linux: object) =>
    target.default.prototype.computeFpmMetaInfoOptions.call({
      packager: { appInfo: new AppInfo(info, null), info },
      options: linux,
    });
  expect(await described(packing.linux)).toEqual({
    name: 'resnet-lab',
    maintainer: 'The ResNet Lab authors <authors@resnet-lab.invalid>',
    vendor: 'The ResNet Lab authors <authors@resnet-lab.invalid>',
    url: 'https://resnet-lab.invalid',
  });
  // Without one it would be refused.
  await expect(described({})).rejects.toThrow('author');
}, 60_000);
