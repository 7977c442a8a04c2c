import type { Value } from "../value.ts";
import { RegoObject, RegoSet } from "../value.ts";
import type { Network } from "./net/address.ts";
import {
  addressText,
  containsAddress,
  containsNetwork,
  networkText,
  parseAddress,
  parseNetwork,
  tryParseNetwork,
} from "./net/address.ts";
import { mergeNetworks } from "./net/merge.ts";
import { isArray, stringAt } from "./operands.ts";
import type { Builtin, BuiltinContext } from "./types.ts";
import { BuiltinError } from "./types.ts";

const ADDRESS_FUEL = 300;

function contains(network: string, member: string): boolean {
  const outer = parseNetwork(network);
  const address = parseAddress(member);
  if (address !== undefined) return containsAddress(outer, address);
  const inner = tryParseNetwork(member);
  if (inner !== undefined) return containsNetwork(outer, inner);
  throw new BuiltinError(`not a valid textual representation of an IP address or CIDR: ${member}`);
}

const cidrContains: Builtin = (context, network, member) => {
  context.charge(2 * ADDRESS_FUEL);
  return contains(stringAt(1, network), stringAt(1, member));
};

const cidrIntersects: Builtin = (context, left, right) => {
  context.charge(2 * ADDRESS_FUEL);
  const a = parseNetwork(stringAt(1, left));
  const b = parseNetwork(stringAt(1, right));
  return containsAddress(a, b) || containsAddress(b, a);
};

const isValid: Builtin = (context, network) => {
  context.charge(ADDRESS_FUEL);
  return typeof network === "string" && tryParseNetwork(network) !== undefined;
};

/** Every address of the block; fuel is taken before the first is made. */
const expand: Builtin = (context, network) => {
  const block = parseNetwork(stringAt(1, network));
  const count = 2 ** (block.bits - block.prefix);
  context.charge(Math.min(count * 100, Number.MAX_SAFE_INTEGER));
  const result = new RegoSet();
  for (let i = 0n; i < BigInt(count); i += 1n) result.add(addressText({ ...block, value: block.value + i }));
  return result;
};

const merge: Builtin = (context, blocks) => {
  const items = blocks instanceof RegoSet ? blocks.values() : blocks;
  if (!isArray(items)) throw new BuiltinError("operand must be an array");
  context.charge(10 + items.length * 2 * ADDRESS_FUEL);
  return RegoSet.from(mergeNetworks(items.map(networkOf)).map(networkText));
};

/** A lone IPv4 address stands for its historical class A, B or C block, written with its own bits. */
function networkOf(item: Value): Network {
  if (typeof item !== "string") throw new BuiltinError("element must be string");
  const address = parseAddress(item);
  if (address === undefined) return parseNetwork(item);
  if (address.bits === 128) throw new BuiltinError("IPv6 invalid: needs prefix length");
  const lead = Number(address.value >> 24n);
  return { ...address, prefix: lead < 0x80 ? 8 : lead < 0xc0 ? 16 : 24 };
}

/** Blocks or addresses with what stands for them in the result: index, member or key. */
function matchOperand(position: number, operand: Value | undefined): readonly (readonly [Value, Value])[] {
  if (typeof operand === "string") return [[operand, operand]];
  const described = (index: Value, item: Value): readonly [Value, Value] => [matchTerm(position, item), index];
  if (isArray(operand)) return operand.map((item, index) => described(index, item));
  if (operand instanceof RegoSet) return operand.values().map((item) => described(item, item));
  if (operand instanceof RegoObject) return operand.entries().map(([key, item]) => described(key, item));
  return [];
}

function matchTerm(position: number, item: Value): Value {
  if (typeof item === "string") return item;
  if (isArray(item) && item.length > 0) return item[0] as Value;
  throw new BuiltinError(`operand ${position}: element must be string or non-empty array`);
}

const containsMatches: Builtin = (context: BuiltinContext, networks, members) => {
  context.charge(10);
  const outer = matchOperand(1, networks);
  const result = new RegoSet();
  for (const [network, index] of outer) {
    for (const [member, memberIndex] of matchOperand(2, members)) {
      context.charge(2 * ADDRESS_FUEL);
      if (contains(stringAt(1, network), stringAt(1, member))) result.add([index, memberIndex]);
    }
  }
  return result;
};

export const net: Readonly<Record<string, Builtin>> = {
  "net.cidr_is_valid": isValid,
  "net.cidr_expand": expand,
  "net.cidr_merge": merge,
  "net.cidr_contains_matches": containsMatches,
};

/** Native in WASM too; here for the table of redirects. */
export const nativeNet = { cidrContains, cidrIntersects };
