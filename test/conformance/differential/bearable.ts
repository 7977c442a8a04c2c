import { isNumber, numberText, RegoObject, type Value } from "../../../gateway/decide/value.ts";

const MOST = 10_000;

/**
 * What a call may ask for: OPA has no fuel, and would fill the memory with the answers to some; constraints of a token with a
 * name that is no text end its process.
 */
const rules: Readonly<Record<string, (args: readonly Value[]) => boolean>> = {
  "net.cidr_expand": ([network]) => typeof network !== "string" || isSmallNetwork(network),
  "numbers.range": isShort,
  "numbers.range_step": isShort,
  "bits.lsh": ([, places]) => sizeOf(places) <= MOST,
  "io.jwt.decode_verify": ([, constraints]) =>
    !(constraints instanceof RegoObject) || constraints.entries().every(([name]) => typeof name === "string"),
};

export function isBearable(name: string, args: readonly Value[]): boolean {
  return rules[name]?.(args) ?? true;
}

function isSmallNetwork(network: string): boolean {
  const [address = "", prefix] = network.split("/");
  return prefix === undefined || Number(prefix) >= (address.includes(":") ? 116 : 20);
}

function isShort(args: readonly Value[]): boolean {
  return args.every((value) => sizeOf(value) <= MOST);
}

function sizeOf(value: Value | undefined): number {
  return value !== undefined && isNumber(value) ? Math.abs(Number(numberText(value))) : 0;
}
