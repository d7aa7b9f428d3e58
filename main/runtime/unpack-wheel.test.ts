import { expect, test } from 'vitest';
import { includedNames, parseCudaRequirements } from './unpack-wheel.ts';
import { parseRecord } from './wheel-archive.ts';

test('finds what a source includes, whatever its spelling', () => {
  const source = [
    '#include <node_api.h>',
    '  #  include "tensorflow/c/c_api.h"  // the API',
    '// #include "not/this.h"',
    'const char *text = "#include";',
  ].join('\n');
  expect(includedNames(source)).toEqual(['node_api.h', 'tensorflow/c/c_api.h']);
});

test('takes the CUDA requirements from the metadata in both spellings', () => {
  const metadata = [
    'Requires-Dist: numpy>=1.26.0',
    'Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3.0.75; extra == "and-cuda"',
    "Requires-Dist: nvidia-nccl-cu12 (==2.21.5) ; extra == 'and-cuda'",
    'Requires-Dist: nvidia-other-cu12; extra == "something"',
    'Requires-Dist: tensorflow-io-gcs-filesystem>=0.23.1; extra == "gcs-filesystem"',
  ].join('\n');
  expect(parseCudaRequirements(metadata)).toEqual([
    'nvidia-cudnn-cu12<10.0,>=9.3.0.75',
    'nvidia-nccl-cu12==2.21.5',
  ]);
});

test('reads a RECORD, with names that need quotes and lines without a hash', () => {
  const record = parseRecord('a/b.py,sha256=Zm9v-_,12\r\n"x,""y"".py",sha256=YmFy,3\nR/RECORD,,\n');
  expect([...record]).toEqual([
    ['a/b.py', { sha256: 'Zm9v-_', sizeBytes: 12 }],
    ['x,"y".py', { sha256: 'YmFy', sizeBytes: 3 }],
  ]);
});
