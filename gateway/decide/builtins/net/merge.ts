import type { Network } from "./address.ts";
import { firstOf, lastOf } from "./address.ts";

interface Range {
  readonly first: bigint;
  readonly last: bigint;
  readonly bits: 32 | 128;
  /** The block this range came from, while it has not been merged with another. */
  readonly network: Network | undefined;
}

/** The fewest blocks that cover the same addresses; a block that touches no other stays as it was given. */
export function mergeNetworks(networks: readonly Network[]): readonly Network[] {
  const result: Network[] = [];
  for (const bits of [32, 128] as const) {
    const ranges = networks
      .filter((network) => network.bits === bits)
      .map((network) => ({ first: firstOf(network), last: lastOf(network), bits, network }));
    for (const range of mergeRanges(ranges)) {
      if (range.network !== undefined) result.push(range.network);
      else result.push(...blocksOf(range));
    }
  }
  return result;
}

function mergeRanges(unsorted: readonly Range[]): readonly Range[] {
  const ranges = [...unsorted].sort((a, b) => order(a.last, b.last) || order(a.first, b.first));
  const merged: Range[] = [];
  let current = ranges.pop();
  for (let next = ranges.pop(); next !== undefined && current !== undefined; next = ranges.pop()) {
    const before = current.first === 0n ? 0n : current.first - 1n;
    if (before <= next.last) {
      const first = next.first < current.first ? next.first : current.first;
      current = { first, last: current.last, bits: current.bits, network: undefined };
    } else {
      merged.push(current);
      current = next;
    }
  }
  if (current !== undefined) merged.push(current);
  return merged;
}

function order(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function blocksOf(range: Range): readonly Network[] {
  const blocks: Network[] = [];
  let first = range.first;
  while (first <= range.last) {
    let size = 0;
    while (
      size < range.bits &&
      ((first >> BigInt(size)) & 1n) === 0n &&
      first + (1n << BigInt(size + 1)) - 1n <= range.last
    ) {
      size += 1;
    }
    blocks.push({ value: first, bits: range.bits, prefix: range.bits - size });
    first += 1n << BigInt(size);
  }
  return blocks;
}
