import type { Value } from "../../value.ts";
import { RegoObject } from "../../value.ts";
import type { Der } from "./der.ts";
import { children, readOne } from "./der.ts";
import type { Extension, GeneralNames } from "./extensions.ts";
import { generalNames, ipText } from "./extensions.ts";

export const NAME_CONSTRAINTS = "2.5.29.30";

export interface NameConstraints {
  readonly permitted: GeneralNames;
  readonly excluded: GeneralNames;
}

export function readNameConstraints({ value }: Extension): NameConstraints {
  const trees = children(readOne(value));
  const names = (tag: number): GeneralNames => {
    const tree = trees.find((item) => item.tag === tag);
    const subtrees = tree === undefined ? [] : children(tree, tag);
    return generalNames(subtrees.map((subtree) => children(subtree)[0] as Der));
  };
  return { permitted: names(0xa0), excluded: names(0xa1) };
}

function rangeValue(bytes: Buffer): Value {
  const half = bytes.length / 2;
  return RegoObject.from([
    ["IP", ipText(bytes.subarray(0, half))],
    ["Mask", bytes.subarray(half).toString("base64")],
  ] as const);
}

export function constraintMembers(constraints: NameConstraints, critical: boolean): Record<string, Value> {
  const members: Record<string, Value> = { PermittedDNSDomainsCritical: critical };
  const list = (items: readonly Value[]): Value => (items.length === 0 ? null : items);
  for (const [prefix, names] of [
    ["Permitted", constraints.permitted],
    ["Excluded", constraints.excluded],
  ] as const) {
    members[`${prefix}DNSDomains`] = list(names.dns);
    members[`${prefix}EmailAddresses`] = list(names.emails);
    members[`${prefix}URIDomains`] = list(names.uris);
    members[`${prefix}IPRanges`] = list(names.ips.map(rangeValue));
  }
  return members;
}

/** "example" holds itself and what is below it; ".example" only what is below it. */
function domainHolds(constraint: string, domain: string): boolean {
  const rule = constraint.toLowerCase();
  const name = domain.toLowerCase();
  if (rule === "") return true;
  return rule.startsWith(".") ? name.endsWith(rule) : name === rule || name.endsWith(`.${rule}`);
}

function emailHolds(constraint: string, email: string): boolean {
  const at = email.lastIndexOf("@");
  if (constraint.includes("@")) return constraint.toLowerCase() === email.toLowerCase();
  return domainHolds(constraint, email.slice(at + 1));
}

function rangeHolds(range: Buffer, address: Buffer): boolean {
  const half = range.length / 2;
  return (
    half === address.length &&
    address.every(
      (byte, i) => (byte & (range[half + i] as number)) === ((range[i] as number) & (range[half + i] as number)),
    )
  );
}

function hostOf(uri: string): string {
  return /^[^:]*:\/\/(?:[^/?#@]*@)?([^:/?#]*)/.exec(uri)?.[1] ?? "";
}

/** Whether every name is permitted, where some are, and none is excluded. */
export function constraintsHold(constraints: NameConstraints, names: GeneralNames): boolean {
  const check = <T>(
    permitted: readonly T[],
    excluded: readonly T[],
    items: readonly T[],
    holds: (rule: T, item: T) => boolean,
  ): boolean =>
    items.every(
      (item) =>
        !excluded.some((rule) => holds(rule, item)) &&
        (permitted.length === 0 || permitted.some((rule) => holds(rule, item))),
    );
  const { permitted, excluded } = constraints;
  return (
    check(permitted.dns, excluded.dns, names.dns, domainHolds) &&
    check(permitted.emails, excluded.emails, names.emails, emailHolds) &&
    check(permitted.uris, excluded.uris, names.uris, (rule, uri) => domainHolds(rule, hostOf(uri))) &&
    check(permitted.ips, excluded.ips, names.ips, rangeHolds)
  );
}
