import type { Lax } from "./lax-reader.ts";

/** How a parser settles which of an object's members a program gets when it asks for a key. */
export type Rule = (members: readonly (readonly [string, Lax])[], key: string) => Lax;

/** JavaScript, Python, Go maps, Ruby, PHP. */
export const lastWins: Rule = (members, key) => found(members.filter(([name]) => name === key).at(-1));
/** Some C and embedded parsers that search for a key. */
export const firstWins: Rule = (members, key) => found(members.find(([name]) => name === key));
/** Go structs, .NET and Jackson when told to: the last member that equals the key without regard to case. */
export const caseFolding: Rule = (members, key) =>
  found(members.filter(([name]) => folded(name) === folded(key)).at(-1));

/** What a program sees that reads every key there is, as text that can be compared. */
export function seenBy(rule: Rule, tree: Lax): string {
  switch (tree.kind) {
    case "object": {
      const keys = [...new Set(tree.members.map(([name]) => name))].sort();
      return `{${keys.map((key) => `${JSON.stringify(key)}:${seenBy(rule, rule(tree.members, key))}`).join()}}`;
    }
    case "array":
      return `[${tree.items.map((item) => seenBy(rule, item)).join()}]`;
    case "number":
      return tree.text;
    case "plain":
      return JSON.stringify(tree.value);
  }
}

/** The numbers that a reader of exact decimals and a reader of doubles take for different ones. */
export function lossyNumbers(tree: Lax): string[] {
  switch (tree.kind) {
    case "object":
      return tree.members.flatMap(([, value]) => lossyNumbers(value));
    case "array":
      return tree.items.flatMap(lossyNumbers);
    case "number":
      return exact(tree.text) === exact(String(Number(tree.text))) ? [] : [tree.text];
    case "plain":
      return [];
  }
}

/** A decimal in one spelling: sign, digits without zeros around them, power of ten. */
function exact(text: string): string {
  const [, sign, whole = "", fraction = "", power = "0"] = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(
    text,
  ) ?? [text];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const stripped = digits.replace(/0+$/, "");
  if (stripped === "") return "0";
  return `${sign}${stripped}e${Number(power) - fraction.length + digits.length - stripped.length}`;
}

function folded(key: string): string {
  return key.toUpperCase().toLowerCase();
}

function found(member: readonly [string, Lax] | undefined): Lax {
  if (member === undefined) throw new Error("asked for a key that is not there");
  return member[1];
}
