import { expect, test } from 'vitest';
import { createTerminal, type Sink } from './terminal.ts';

function sink(isTTY = false): Sink & { text: string } {
  return {
    text: '',
    isTTY,
    columns: 20,
    write(piece: string) {
      this.text += piece;
    },
  };
}

test('With --json stdout gets one document and nothing else.', () => {
  const [stdout, stderr] = [sink(), sink()];
  const terminal = createTerminal({ stdout, stderr, json: true });
  terminal.note('a note');
  terminal.status('a status');
  terminal.result({ a: 1 }, () => 'text');
  expect(JSON.parse(stdout.text)).toEqual({ a: 1 });
  expect(stderr.text).toBe('a note\na status\n');
});

test('Away from a terminal the status is a line every few seconds.', () => {
  const [stdout, stderr] = [sink(), sink()];
  let nowMs = 0;
  const terminal = createTerminal({ stdout, stderr, json: false, now: () => nowMs });
  for (; nowMs < 12_000; nowMs += 1000) terminal.status(`at ${nowMs / 1000}`);
  expect(stderr.text).toBe('at 0\nat 5\nat 10\n');
});

test('On a terminal the status is rewritten in place, cut to its width, and gone at the end.', () => {
  const [stdout, stderr] = [sink(), sink(true)];
  let nowMs = 0;
  const terminal = createTerminal({ stdout, stderr, json: false, now: () => (nowMs += 1000) });
  terminal.status('first line that is far too long', 'second');
  expect(stderr.text).toBe('first line that is \nsecond');
  stderr.text = '';
  terminal.note('kept');
  expect(stderr.text).toBe(
    '\r\x1b[1A\x1b[Jkept\nfirst line that is far too long\nsecond'.replace('far too long', ''),
  );
  stderr.text = '';
  terminal.result({}, () => 'done');
  expect(stderr.text).toBe('\r\x1b[1A\x1b[J\n');
  expect(stdout.text).toBe('done\n');
});

test('A control character in a name of a dataset is shown and not obeyed; line ends stay.', () => {
  const [stdout, stderr] = [sink(), sink(true)];
  const terminal = createTerminal({ stdout, stderr, json: false });
  terminal.note('cat\x1b[2J\x9b');
  expect(stderr.text).toBe('cat\\x1b[2J\\x9b\n');
  terminal.result({}, () => 'a,b\r\nüç\t1\r2\x00\n');
  expect(stdout.text).toBe('a,b\r\nüç\t1\\x0d2\\x00\n');
});
