import type { Network } from "./address.ts";
import { firstOf, lastOf } from "./address.ts";

/** Addresses in the space of 128 bits, where IPv4 is the block ::ffff:0:0/96. */
interface Range {
  readonly first: bigint;
  readonly last: bigint;
  /** The block this range came from, while it has not been merged with another. */
  readonly network: Network | undefined;
}

const MAPPED_FIRST = 0xffff_0000_0000n;
const MAPPED_LAST = 0xffff_ffff_ffffn;

/** The fewest blocks that cover the same addresses; a block that touches no other stays as it was given. */
export function mergeNetworks(networks: readonly Network[]): readonly Network[] {
  const ranges = networks.map((network) => {
    const base = network.bits === 32 ? MAPPED_FIRST : 0n;
    return { first: base + firstOf(network), last: base + lastOf(network), network };
  });
  return mergeRanges(ranges).flatMap((range) => (range.network === undefined ? blocksOf(range) : [range.network]));
}

function mergeRanges(unsorted: readonly Range[]): readonly Range[] {
  const ranges = [...unsorted].sort((a, b) => order(a.last, b.last) || order(a.first, b.first));
  const merged: Range[] = [];
  let current = ranges.pop();
  for (let next = ranges.pop(); next !== undefined && current !== undefined; next = ranges.pop()) {
    if (before(current.first) <= next.last) {
      const first = next.first < current.first ? next.first : current.first;
      current = { first, last: current.last, network: undefined };
    } else {
      merged.push(current);
      current = next;
    }
  }
  if (current !== undefined) merged.push(current);
  return merged;
}

/** The address before, but not below the first of either family. */
function before(address: bigint): bigint {
  return address === 0n || address === MAPPED_FIRST ? address : address - 1n;
}

function order(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function blocksOf(range: Range): readonly Network[] {
  const isV4 = range.first >= MAPPED_FIRST && range.last <= MAPPED_LAST;
  const bits = isV4 ? 32 : 128;
  const base = isV4 ? MAPPED_FIRST : 0n;
  const blocks: Network[] = [];
  const last = range.last - base;
  let first = range.first - base;
  while (first <= last) {
    let size = 0;
    while (size < bits && ((first >> BigInt(size)) & 1n) === 0n && first + (1n << BigInt(size + 1)) - 1n <= last)
      size += 1;
    blocks.push({ value: first, bits, prefix: bits - size });
    first += 1n << BigInt(size);
  }
  return blocks;
}
