import type { Value } from "../../value.ts";
import { RegoObject } from "../../value.ts";
import type { Der } from "./der.ts";
import { TAG, children, fields, isString, malformed, oidValue, stringValue } from "./der.ts";

const LISTS: Readonly<Record<string, string>> = {
  "2.5.4.6": "Country",
  "2.5.4.7": "Locality",
  "2.5.4.8": "Province",
  "2.5.4.9": "StreetAddress",
  "2.5.4.10": "Organization",
  "2.5.4.11": "OrganizationalUnit",
  "2.5.4.17": "PostalCode",
};
const SINGLE: Readonly<Record<string, string>> = { "2.5.4.3": "CommonName", "2.5.4.5": "SerialNumber" };

/** A distinguished name in the members of Go's pkix.Name. @param read what an attribute may be: a text in certificates */
export function nameValue(name: Der | undefined, read: (value: Der) => Value = stringValue): RegoObject {
  const lists: Record<string, string[]> = {};
  const single: Record<string, string> = { CommonName: "", SerialNumber: "" };
  const names: Value[] = [];
  for (const set of children(name)) {
    for (const attribute of children(set, TAG.set)) {
      const [type, value] = fields(attribute, 2);
      const oid = oidValue(type);
      if (value === undefined) throw malformed("invalid attribute value");
      const text = read(value);
      names.push(
        RegoObject.from([
          ["Type", oid],
          ["Value", text],
        ] as readonly (readonly [Value, Value])[]),
      );
      if (typeof text !== "string" || !isString(value)) continue;
      const list = LISTS[oid.join(".")];
      const member = SINGLE[oid.join(".")];
      if (list !== undefined) (lists[list] ??= []).push(text);
      if (member !== undefined) single[member] = text;
    }
  }
  const listed = Object.values(LISTS).map((member): [string, Value] => [member, lists[member] ?? null]);
  return RegoObject.from([
    ...listed,
    ...Object.entries(single),
    ["Names", names.length === 0 ? null : names],
    ["ExtraNames", null],
  ]);
}
