import { isIPv4, isIPv6 } from "node:net";

import { BuiltinError } from "../types.ts";

/** An address as a number of 32 or 128 bits. IPv4-mapped IPv6 counts as IPv4, as it does in Go. */
export interface Address {
  readonly value: bigint;
  readonly bits: 32 | 128;
}

/** A block: the address as given, and the prefix. */
export interface Network extends Address {
  readonly prefix: number;
}

const MAPPED = 0xffffn;

/** Strict: no leading zeros, no zones. */
export function parseAddress(text: string): Address | undefined {
  const wide = parseWide(text);
  if (wide === undefined || wide.bits === 32) return wide;
  return wide.value >> 32n === MAPPED ? { value: wide.value & 0xffff_ffffn, bits: 32 } : wide;
}

function parseWide(text: string): Address | undefined {
  if (isIPv4(text)) {
    return { value: BigInt(text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0)), bits: 32 };
  }
  if (!isIPv6(text) || text.includes("%")) return undefined;
  return { value: wideValue(text), bits: 128 };
}

/** The text is known to be well-formed. ipaddr.js would take "::1.2.3.4" for IPv4-mapped, which it is not. */
function wideValue(text: string): bigint {
  const dotted = /[\d.]+$/.exec(text)?.[0] ?? "";
  const plain = dotted.includes(".") ? text.slice(0, -dotted.length) + dottedGroups(dotted) : text;
  const [head = "", tail] = plain.split("::");
  const groups = head === "" ? [] : head.split(":");
  const rest = tail === undefined || tail === "" ? [] : tail.split(":");
  const filled = [...groups, ...Array<string>(8 - groups.length - rest.length).fill("0"), ...rest];
  return BigInt(`0x${filled.map((group) => group.padStart(4, "0")).join("")}`);
}

function dottedGroups(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

/** @throws BuiltinError when the text is no CIDR block */
export function parseNetwork(text: string): Network {
  const network = tryParseNetwork(text);
  if (network === undefined) throw new BuiltinError(`invalid CIDR address: ${text}`);
  return network;
}

/** The block with its host bits cleared. */
export function tryParseNetwork(text: string): Network | undefined {
  const slash = text.indexOf("/");
  const digits = slash < 0 ? "" : text.slice(slash + 1);
  const address = slash < 0 ? undefined : parseWide(text.slice(0, slash));
  if (address === undefined || !/^\d{1,8}$/.test(digits) || Number(digits) > address.bits) return undefined;
  const prefix = Number(digits);
  const value = firstOf({ ...address, prefix });
  if (address.bits === 128 && value >> 32n === MAPPED && prefix >= 96) {
    return { value: value & 0xffff_ffffn, bits: 32, prefix: prefix - 96 };
  }
  return { value, bits: address.bits, prefix };
}

function hostMask(network: Network): bigint {
  return (1n << BigInt(network.bits - network.prefix)) - 1n;
}

export function firstOf(network: Network): bigint {
  return network.value & ~hostMask(network);
}

export function lastOf(network: Network): bigint {
  return network.value | hostMask(network);
}

export function containsAddress(network: Network, address: Address): boolean {
  return network.bits === address.bits && address.value >= firstOf(network) && address.value <= lastOf(network);
}

export function containsNetwork(outer: Network, inner: Network): boolean {
  return outer.bits === inner.bits && firstOf(inner) >= firstOf(outer) && lastOf(inner) <= lastOf(outer);
}

export function addressText(address: Address): string {
  if (address.bits === 32) {
    const value = Number(address.value);
    return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
  }
  const groups: number[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((address.value >> shift) & 0xffffn));
  return compress(groups);
}

/** The first longest run of at least two zero groups becomes "::" (RFC 5952, section 4.2). */
function compress(groups: readonly number[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (start + length < groups.length && groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.start < 0) return hex.join(":");
  return `${hex.slice(0, best.start).join(":")}::${hex.slice(best.start + best.length).join(":")}`;
}

export function networkText(network: Network): string {
  return `${addressText(network)}/${network.prefix}`;
}
