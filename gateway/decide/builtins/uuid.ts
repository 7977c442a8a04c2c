import type { Value } from "../value.ts";
import { RegoObject, dumpValue, makeNumber } from "../value.ts";
import { stringAt } from "./operands.ts";
import type { Builtin } from "./types.ts";

/** A version 4 UUID per key within a decision, from the decision's own generator. */
const rfc4122: Builtin = (context, key) => {
  const name = `uuid.rfc4122 ${dumpValue(key ?? null)}`;
  context.charge(500 + name.length);
  const known = context.cache.get(name) as string | undefined;
  if (known !== undefined) return known;
  const bytes = Buffer.from(context.random(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  const text = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  context.cache.set(name, text);
  return text;
};

const HEX = "[0-9a-fA-F]";
const DASHED = `${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}`;
const FORMS = new RegExp(`^(?:(?:[uU][rR][nN]:[uU][uU][iI][dD]:)?(${DASHED})|.(${DASHED}).|(${HEX}{32}))$`, "s");

const DOMAINS = ["Person", "Group", "Org"];
/** 100 ns intervals between 1582-10-15 and 1970-01-01. */
const GREGORIAN = 122_192_928_000_000_000n;

const parse: Builtin = (context, value) => {
  const text = stringAt(1, value);
  context.charge(200);
  const match = FORMS.exec(text);
  const digits = (match?.[1] ?? match?.[2] ?? match?.[3])?.replaceAll("-", "");
  if (digits === undefined) return undefined;
  const bytes = Buffer.from(digits, "hex");
  const version = (bytes[6] as number) >> 4;
  const object = RegoObject.from([
    ["version", version],
    ["variant", variantOf(bytes[8] as number)],
  ] as [Value, Value][]);
  if (version === 1 || version === 2) addNodeFields(object, bytes);
  if (version === 2) {
    const domain = bytes[9] as number;
    object.set("id", bytes.readUInt32BE(0)).set("domain", DOMAINS[domain] ?? `Domain${domain}`);
  }
  return object;
};

function variantOf(byte: number): string {
  if ((byte & 0xc0) === 0x80) return "RFC4122";
  if ((byte & 0xe0) === 0xc0) return "Microsoft";
  return (byte & 0xe0) === 0xe0 ? "Future" : "Reserved";
}

function addNodeFields(object: RegoObject, bytes: Buffer): void {
  const low = BigInt(bytes.readUInt32BE(0));
  const middle = BigInt(bytes.readUInt16BE(4));
  const high = BigInt(bytes.readUInt16BE(6) & 0x0fff);
  const ticks = (high << 48n) | (middle << 32n) | low;
  // 64-bit nanoseconds end in 2262; OPA wraps around.
  const node = [...bytes.subarray(10)].map((byte) => byte.toString(16).padStart(2, "0"));
  object
    .set("time", makeNumber(BigInt.asIntN(64, (ticks - GREGORIAN) * 100n).toString()))
    .set("nodeid", node.join("-"))
    .set("macvariables", macVariables(bytes[10] as number))
    .set("clocksequence", bytes.readUInt16BE(8) & 0x3fff);
}

function macVariables(byte: number): string {
  return `${(byte & 2) === 2 ? "local" : "global"}:${(byte & 1) === 1 ? "multicast" : "unicast"}`;
}

export const uuid: Readonly<Record<string, Builtin>> = { "uuid.rfc4122": rfc4122, "uuid.parse": parse };
