/** Does `work` on each item, `width` at a time, in their order. @throws what the first failing one threw */
export async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item, at: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  async function worker(): Promise<void> {
    while (next < items.length) {
      const at = next++;
      await work(items[at] as Item, at);
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
