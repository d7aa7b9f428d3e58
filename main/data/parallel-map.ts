// Runs an asynchronous function over items with a bounded number in flight and yields the results in
// the items' order. What was started is always awaited, also when the consumer stops early.

export async function* mapInOrder<Item, Result>(
  items: Iterable<Item>,
  limit: number,
  run: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const pending: Promise<Result>[] = [];
  try {
    for (const item of items) {
      const result = run(item);
      // It is awaited in its turn; until then a failure is not unhandled.
      result.catch(() => undefined);
      pending.push(result);
      if (pending.length < limit) continue;
      const oldest = pending.shift();
      if (oldest !== undefined) yield await oldest;
    }
    for (;;) {
      const oldest = pending.shift();
      if (oldest === undefined) return;
      yield await oldest;
    }
  } finally {
    await Promise.allSettled(pending);
  }
}
