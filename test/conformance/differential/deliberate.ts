import { dumpValue, isNumber, numberText, type Value } from "../../../gateway/decide/value.ts";
import type { Arguments } from "./calls.ts";

interface Deliberate {
  readonly reason: string;
  readonly when: (args: Arguments) => boolean;
}

const otherKind: Deliberate = {
  reason:
    "OPA takes the bytes of an Ed25519 key for the secret of an HMAC; a key signs only with an algorithm of its kind",
  when: (args) => /HS(?:256|384|512)/.test(args.map(dumpValue).join(" ")) && /OKP/.test(args.map(dumpValue).join(" ")),
};

const overflow: Deliberate = {
  reason: "so many years, months or days overflow in Go and give some other date; undefined here",
  when: (args) => args.slice(1).some((value) => isNumber(value) && Math.abs(Number(numberText(value))) > 1e9),
};

const farOff: Deliberate = {
  reason:
    "from 2038 on daylight time follows the rules of the runtime's tz data, which may be of another version than the system's",
  when: ([operand]) =>
    Array.isArray(operand) && isNumber(operand[0] as Value) && Number(numberText(operand[0])) >= 2_145_916_800e9,
};

const yamlBreaks: readonly Deliberate[] = [
  {
    reason:
      "a bracket at the indentation of its key, and a quoted key over several lines, are refused: the reader keeps to YAML 1.2",
    when: ([text]) => typeof text === "string" && /[[{][^\]}]*\n|\? *["'][^"']*\n/.test(text),
  },
  {
    reason:
      "empty entries with a tag and breaks beyond ASCII are read as in YAML 1.2; a comment right behind the sign of a block and brackets in a tag are refused",
    when: ([text]) => typeof text === "string" && /[|>][-+\d]*#|[\u0085\u2028\u2029]|!\S*[[\],]|!<>/.test(text),
  },
];

const newer: Deliberate = {
  reason: "letters that Unicode has had since version 14; the runtime is older, and its own way is the fast one",
  when: (args) =>
    /[\u2c2f\u2c5f\ua7c0-\ua7dc\u{10570}-\u{105bc}\u{10d50}-\u{10d85}\u{16ea0}-\u{16ed3}]/u.test(
      args.map(dumpValue).join(),
    ),
};

const newerLetters: Deliberate = {
  reason: "letters and digits since Unicode 15.1 count as such in the order of keys; Go's tables are of version 15.0",
  when: (args) =>
    /[\u088f\u0c5c\u0cdc\u1c89\u1c8a\ua7cb-\ua7dc\ua7f1\u{105c0}-\u{105f3}\u{10940}-\u{10959}\u{10d40}-\u{10d85}\u{10ec2}-\u{10ec7}\u{11380}-\u{113d3}\u{116d0}-\u{116e3}\u{11bc0}-\u{11bf9}\u{11db0}-\u{11de9}\u{13460}-\u{143fa}\u{16100}-\u{16139}\u{16d40}-\u{16d79}\u{16ea0}-\u{16ed3}\u{16ff2}\u{16ff3}\u{187f8}-\u{187ff}\u{18cff}-\u{18df2}\u{1ccf0}-\u{1ccf9}\u{1e5d0}-\u{1e5fa}\u{1e6c0}-\u{1e6ff}\u{2b73a}-\u{2b73f}\u{2cea2}-\u{2cead}\u{2ebf0}-\u{2ee5d}\u{323b0}-\u{33479}]/u.test(
      args.map(dumpValue).join(),
    ),
};

const trailing: Deliberate = {
  reason: "OPA takes the first JSON value of a text for the key, whatever stands behind it; such a text is no key here",
  when: (args) => typeof args[1] === "string" && args[1].startsWith("{") && !isJson(args[1]),
};

const remote: Deliberate = {
  reason: "nothing out of the document is ever fetched, so that a reference to a draft's own schema leads nowhere",
  when: (args) => /\$ref\\?": ?\\?"(?:https?|file):/.test(args.map(dumpValue).join(" ")),
};

const graphqlText = (args: Arguments) => args.map(dumpValue).join(" ");

/** Each is refused here: a document that the specification does not allow is never taken for a valid one. */
const strictGraphql: readonly Deliberate[] = [
  {
    reason: "a root that is no object type is no schema by the specification",
    when: (args) =>
      /(?:input|interface|union|enum|scalar) (?:Query|Mutation|Subscription)|schema \{/.test(graphqlText(args)),
  },
  {
    reason: "GraphQL's Int has 32 bits, and a number does not end at a letter",
    when: (args) => /\d{10,}|\d[A-Za-z_]/.test(graphqlText(args)),
  },
  {
    reason: "a block string ends at the first three quotes, and a constant has no variable in it",
    when: (args) => /\\"{4}|@\w+\([^)]*\$/.test(graphqlText(args)),
  },
  {
    reason: "true, false and null are no values of an enum, and a directive that is not repeatable stands once",
    when: (args) => /enum \w+ \{[^}]*(?:true|false|null)|(@\w+)[^{]*\1/.test(graphqlText(args)),
  },
];
const comments: Deliberate = {
  reason: "comments of a schema are no part of the tree that a policy sees",
  when: (args) => /#/.test(graphqlText(args)),
};

const verifying = ["hs", "rs", "ps", "es"].flatMap((kind) =>
  [256, 384, 512].map((bits) => `io.jwt.verify_${kind}${bits}`),
);

const graphqlNames = ["is_valid", "parse", "parse_and_verify", "parse_query", "parse_schema", "schema_is_valid"];

const rules: Readonly<Record<string, Deliberate | readonly Deliberate[]>> = {
  ...Object.fromEntries(graphqlNames.map((name) => [`graphql.${name}`, [...strictGraphql, comments]])),
  "io.jwt.encode_sign": otherKind,
  "io.jwt.encode_sign_raw": {
    reason: `${otherKind.reason}; OPA also signs some headers that are no JSON, which no reader could read`,
    when: (args) => otherKind.when(args) || !isJson(args[0]),
  },
  ...Object.fromEntries([...verifying, "io.jwt.verify_eddsa"].map((name) => [name, trailing])),
  "json.match_schema": remote,
  "json.verify_schema": remote,
  "time.add_date": overflow,
  "time.format": farOff,

  "yaml.is_valid": yamlBreaks,
  "yaml.unmarshal": yamlBreaks,
  "yaml.marshal": newerLetters,

  lower: newer,
  upper: newer,
};

/** Where the gateway's answer differs from OPA's on purpose. */
export function isDeliberate(name: string, args: Arguments): boolean {
  return [rules[name] ?? []].flat().some((rule) => rule.when(args));
}

function isJson(value: unknown): boolean {
  if (typeof value !== "string") return true;
  try {
    return typeof JSON.parse(value) === "object";
  } catch {
    return false;
  }
}
