// Many trees of file names and what they are read as: a name with a slash is an image unless its
// extension says otherwise. No picture is opened.
import { expect, test } from 'vitest';
import { listImageFolder, type FolderListing, type LayoutOptions } from '../folder-listing.ts';
import type { FileTree } from '../file-tree.ts';

function treeOf(paths: readonly string[]): FileTree {
  const filesBelow = (folder: string): string[] =>
    paths.filter((path) => folder === '' || path.startsWith(`${folder}/`));
  return {
    root: '/set',
    entriesOf: (folder) => {
      const skipped = folder === '' ? 0 : folder.length + 1;
      const entries = new Map<string, boolean>();
      for (const path of filesBelow(folder)) {
        const [name = '', ...rest] = path.slice(skipped).split('/');
        if (name !== '') entries.set(name, rest.length > 0);
      }
      return [...entries].map(([name, isFolder]) => ({ name, isFolder }));
    },
    identityOf: (folder) => folder,
    factsOf: () => ({ sizeBytes: 1, mtimeMs: 0, ctimeMs: 0 }),
    locate: (file) => ({ path: file }),
  };
}

/** `a/{b,c}/*3` is a/b/0.jpg … a/c/2.jpg. */
function expand(pattern: string): string[] {
  const braces = /\{([^}]*)\}/.exec(pattern);
  if (braces !== null) {
    return (braces[1] ?? '').split(',').flatMap((one) => expand(pattern.replace(braces[0], one)));
  }
  const [folder = '', count] = pattern.split('*');
  if (count === undefined) return [pattern];
  return Array.from({ length: Number(count) }, (_, i) => `${folder}${i}.jpg`);
}

function read(patterns: string, options: LayoutOptions = {}): Promise<FolderListing> {
  return listImageFolder(treeOf(patterns.split(/\s+/).flatMap(expand)), {}, options);
}

/** `cat,dog: 4 train 2 val; 1 beside-classes`. */
function summary({ classes, files, unused, layout }: FolderListing): string {
  const counts = ['train', 'val', 'test'].flatMap((split) => {
    const count = files.filter((file) => file.split === split).length;
    return count === 0 ? [] : [`${count} ${split}`];
  });
  const left = unused.map(({ code, count }) => `; ${count} ${code}`).join('');
  return `${layout.layout} ${classes.join()}: ${counts.join(' ')}${left}`;
}

test.each([
  // Splits by any name
  ['{train,val,test}/{a,b}/*2', 'split/class a,b: 4 train 4 val 4 test'],
  ['{Training,Testing}/{a,b,c}/*2', 'split/class a,b,c: 6 train 6 test'],
  ['{TRAIN,VALID}/{a,b}/*1', 'split/class a,b: 2 train 2 val'],
  ['{trn,dev,tst}/{a,b}/*1', 'split/class a,b: 2 train 2 val 2 test'],
  ['{Train_set,Validation-set,Test_set}/{a,b}/*1', 'split/class a,b: 2 train 2 val 2 test'],
  ['{train2017,val2017}/{a,b}/*1', 'split/class a,b: 2 train 2 val'],
  ['{trainImages,testImages}/{a,b}/*1', 'split/class a,b: 2 train 2 test'],
  ['{01_train,02_val}/{a,b}/*1', 'split/class a,b: 2 train 2 val'],
  ['{train,val,eval}/{a,b}/*1', 'split/class a,b: 2 train 2 val 2 test'],
  ['{train,evaluation}/{a,b}/*1', 'split/class a,b: 2 train 2 val'],
  ['{asl_train,asl_test}/{a,b}/*1', 'split/class a,b: 2 train 2 test'],
  ['train/{a,b}/*2', 'split/class a,b: 4 train'],
  ['train/{train,a}/*1 val/{train,a}/*1', 'split/class a,train: 2 train 2 val'],
  ['{trainval,test}/{a,b}/*1', 'split/class a,b: 2 train 2 test'],
  // Wrappers
  ['x/*1 x/y/z/{train,val}/{a,b}/*1', 'split/class a,b: 2 train 2 val; 1 beside-classes'],
  ['x/*1 x/y/*1 x/y/{a,b}/*1', 'class a,b: 2 train; 2 beside-classes'],
  ['x/*1 x/y/*1', 'class x: 2 train'],
  ['data/{train,val}/{a,b}/*1', 'split/class a,b: 2 train 2 val'],
  ['x/y/z/{a,b}/*1', 'class a,b: 2 train'],
  ['set/{a,b}/*1 notes/readme.txt', 'class a,b: 2 train; 1 no-images'],
  ['set/{a,b}/*1 *1', 'class a,b: 2 train; 1 beside-classes'],
  ['seg_train/seg_train/{a,b}/*1 seg_test/seg_test/{a,b}/*1', 'split/class a,b: 2 train 2 test'],
  ['train/images/{a,b}/*1 val/images/{a,b}/*1', 'split/class a,b: 2 train 2 val'],
  ['train/images/{a,b}/*1 val/images/a/*1', 'split/class a,b: 2 train 1 val'],
  // Splits below classes
  ['{cat,dog}/{train,val}/*2', 'class/split cat,dog: 4 train 4 val'],
  ['{cat,dog}/{Training,Test}/*2', 'class/split cat,dog: 4 train 4 test'],
  ['{cat,dog}/{train,val}/*2 cat/*1', 'class/split cat,dog: 4 train 4 val; 1 outside-splits'],
  ['{siteA,siteB}/{train,val}/{a,b}/*1', 'folder/split/class a,b: 4 train 4 val'],
  // Classes
  ['{a,b}/*2', 'class a,b: 4 train'],
  ['{train,bus,car}/*2', 'class bus,car,train: 6 train'],
  ['{bullet_train,bus}/*2', 'class bullet_train,bus: 4 train'],
  ['{test-tube,dev-board,flask}/*1', 'class dev-board,flask,test-tube: 3 train'],
  ['{a,b}/*1 *3', 'class a,b: 2 train; 3 beside-classes'],
  ['{a,b}/*1 a/deep/er/*2', 'class a,b: 4 train'],
  ['{cat,dog}/{2019,2020}/*1', 'class cat,dog: 4 train'],
  ['{cat,dog}/*1 test/{cat,dog}/*1', 'class+split cat,dog: 2 train 2 test'],
  ['{covid,normal}/images/*2', 'class covid,normal: 4 train'],
  // What is counted
  ['train/{a,b}/*1 val/a/*1 val/*2', 'split/class a,b: 2 train 1 val; 2 beside-classes'],
  ['train/{a,b}/*1 train/*3', 'split/class a,b: 2 train; 3 beside-classes'],
  ['train/{a,b}/*1 test/*4', 'split/class a,b: 2 train; 4 without-class'],
  ['train/{a,b}/*1 test/test/*4', 'split/class a,b: 2 train; 4 without-class'],
  ['{train,val}/{a,b}/*1 extras/a/*5', 'split/class a,b: 2 train 2 val; 5 outside-splits'],
  [
    '{train,val}/{a,b}/*1 *2 readme.md',
    'split/class a,b: 2 train 2 val; 1 no-images; 2 beside-classes',
  ],
  // Left by systems
  ['{a,b}/*2 {a,b}/@eaDir/0.jpg/SYNO_THUMB.jpg', 'class a,b: 4 train; 2 system-files'],
  ['{a,b}/*1 $RECYCLE.BIN/S-1/*3 Thumbs.db', 'class a,b: 2 train; 4 system-files'],
  ['{a,b}/*1 {lost+found,#recycle,.Trash-1000,__MACOSX}/*1', 'class a,b: 2 train; 4 system-files'],
  [
    '{a,b}/*1 a/{.thumbnails,.@__thumb,.ipynb_checkpoints}/*1',
    'class a,b: 2 train; 3 system-files',
  ],
  ['data/{a,b}/*1 {@eaDir,.git}/*1', 'class a,b: 2 train; 2 system-files'],
])('%s is read as %s.', async (patterns, expected) => {
  expect(summary(await read(patterns))).toBe(expected);
});

test.each([
  ['train/{a,b}/*1 val/*2', 'train/class: 2 train; 2 without-class'],
  ['train/{a,b}/*1 {bus,car}/*2', 'split/class: 2 train; 4 outside-splits | class: 6 train'],
  ['train/{a,b}/*1 fold/{a,b}/*1', 'split/class: 2 train; 2 outside-splits | class: 4 train'],
  ['{siteA,siteB}/{cat,dog}/*1', 'class: 4 train | folder/class: 4 train'],
  ['{Treino,Teste}/{cat,dog}/*1', 'class: 4 train | folder/class: 4 train'],
  ['cat/{tabby,siamese}/*1 dog/{pug,lab}/*1', 'class: 4 train | folder/class: 4 train'],
  [
    'train/cat/{tabby,siamese}/*1 train/dog/{pug,lab}/*1',
    'split/class: 4 train | split/folder/class: 4 train',
  ],
  ['{cat,dog,test}/*2', 'class+split: 4 train; 2 without-class | class: 6 train'],
  ['{cat,dog}/train/*1 cow/*1', 'class/split: 2 train; 1 outside-splits | class: 3 train'],
  ['{val,fold}/{a,b}/*1', 'class: 4 train | folder/class: 4 train'],
])('%s is asked: %s.', async (patterns, expected) => {
  const error: unknown = await read(patterns).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'ambiguous-layout', fault: 'input' });
  const { readings } = (error as { details: { readings: { layout: string }[] } }).details;
  const found = [];
  for (const { layout } of readings) {
    const listing = await read(patterns, { layout });
    expect(listing.layout.isChosen).toBe(true);
    found.push(summary(listing).replace(/ \S*:/, ':'));
    expect((error as Error).message).toContain(`--layout ${layout}`);
  }
  expect(found.join(' | ')).toBe(expected);
});

test('Every file of a tree is used, named as a problem, or counted.', async () => {
  const patterns =
    'w/train/{a,b}/*3 w/train/*2 w/val/a/*1 w/val/*1 w/extra/*4 w/*1 *1 w/train/a/x.tiff w/train/a/x.svg w/n.txt .git/*2';
  const { files, problems, unused } = await read(patterns);
  const counted = unused.reduce((sum, { count }) => sum + count, 0);
  const all = patterns.split(' ').flatMap(expand).length;
  expect(files.length + problems.length + counted).toBe(all);
});

test('Names that differ in case, spaces or composition are said, and merged if asked.', async () => {
  const patterns = '{Cat,cat,dog,caf\u00e9,cafe\u0301}/*1 cat/more/*3';
  const apart = await read(patterns);
  expect(apart.classes).toHaveLength(5);
  expect(apart.layout.similarClasses.map((group) => group.length)).toEqual([2, 2]);
  const merged = await read(patterns, { mergeClasses: true });
  expect(merged.classes).toEqual(['cat', 'caf\u00e9', 'dog'].sort());
  expect(merged.files.filter(({ label }) => merged.classes[label] === 'cat')).toHaveLength(5);
  expect(merged.layout).toMatchObject({ similarClasses: [], isMerged: true });
  await expect(read('train/{Cat,dog}/*1 val/cat/*1')).rejects.toMatchObject({
    code: 'unknown-class',
    details: { similar: true },
  });
  const splits = await read('train/{Cat,dog}/*1 val/cat/*1', { mergeClasses: true });
  expect(summary(splits)).toBe('split/class Cat,dog: 2 train 1 val');
});

test('By rules 1 a folder is read as it was: only plain split names, nothing is asked.', async () => {
  const old = { rules: 1 } as const;
  expect(summary(await read('{Training,Testing}/{a,b}/*1', old))).toBe(
    'class Testing,Training: 4 train',
  );
  expect(summary(await read('train/{a,b}/*1 val/*2', old))).toBe(
    'split/class a,b: 2 train; 2 without-class',
  );
  expect(summary(await read('{train,eval}/{a,b}/*1', old))).toBe(
    'split/class a,b: 2 train; 2 outside-splits',
  );
  expect(summary(await read('{a,b}/*1 a/@eaDir/*1', old))).toBe('class a,b: 3 train');
});

test('A layout that does not exist is refused with those that do.', async () => {
  await expect(read('{a,b}/*1', { layout: 'label' })).rejects.toMatchObject({
    code: 'unknown-layout',
    path: 'layout',
  });
});
