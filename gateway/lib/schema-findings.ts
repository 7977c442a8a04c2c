import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";
import type { Finding, Path } from "./yaml-places.ts";

type Issue = z.core.$ZodIssue;

/** Message of a union when the value is of its last kind: what is wrong with it as that is told, each with its own place. */
export const ofLastKind = "";

/** What zod finds, with the path of each value; an unknown key becomes one finding per key. `noun` is what keys are called. */
export function findingsOf(issues: readonly Issue[], schema: z.ZodType, noun = "option"): Finding[] {
  return issues.flatMap((issue): Finding[] => {
    const path = issue.path as Path;
    // What is no text, for one, is not too short as well.
    if (issue.code === "too_small" && issues.some((one) => one.code === "invalid_type" && isSamePath(one, issue)))
      return [];
    if (issue.code === "invalid_union" && issue.message === ofLastKind)
      return findingsOf(
        (issue.errors.at(-1) ?? []).map((one): Issue => ({ ...one, path: [...path, ...one.path] })),
        schema,
        noun,
      );
    if (issue.code === "invalid_key") return [{ path, at: "key", message: issue.message }];
    if (issue.code !== "unrecognized_keys") return [{ path, at: "value", message: issue.message }];
    return issue.keys.map((key) => ({
      path: [...path, key],
      at: "key",
      // Of several kinds of mapping another one may have it.
      message: `unknown ${noun}${didYouMean(
        key,
        optionsAt(path, schema).filter((one) => one !== key),
      )}`,
    }));
  });
}

function isSamePath(one: Issue, other: Issue): boolean {
  return isDeepStrictEqual(one.path, other.path);
}

/** Messages for faults that the schema has no sentence for; passed to zod with each parse. */
export function inOurWords(issue: z.core.$ZodRawIssue): string | undefined {
  const value = issue.input;
  if (issue.code === "invalid_key") return issue.issues[0]?.message;
  if (value === undefined) return `is required${choices(issue)}`;
  if (issue.code === "invalid_type")
    return `expected ${expected[issue.expected] ?? issue.expected}, got ${kindOf(value)}`;
  if (issue.code === "too_small" && typeof value === "number") return `must be at least ${issue.minimum}`;
  if (issue.code === "too_big" && typeof value === "number") return `must be at most ${issue.maximum}`;
  if (issue.code === "invalid_union" && issue.discriminator !== undefined)
    return oneOf(
      issue.options as readonly unknown[],
      (value as Readonly<Record<string, unknown>>)[issue.discriminator],
    );
  return issue.code === "invalid_value" ? oneOf(issue.values, value) : undefined;
}

/** Options that may be left out have undefined among their values. */
export function oneOf(values: readonly unknown[], given: unknown): string {
  const known = values.filter((value) => value !== undefined).map(String);
  return `expected one of ${known.join(", ")}${typeof given === "string" ? didYouMean(given, known) : ""}`;
}

const expected: Record<string, string> = {
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  string: "text",
  boolean: "true or false",
  number: "a number",
};

function choices(issue: z.core.$ZodRawIssue): string {
  return issue.code === "invalid_value" ? `: ${issue.values.map(String).join(" or ")}` : "";
}

interface JsonSchemaNode {
  readonly properties?: Record<string, JsonSchemaNode>;
  readonly items?: JsonSchemaNode;
  readonly additionalProperties?: JsonSchemaNode | boolean;
  readonly oneOf?: readonly JsonSchemaNode[];
  readonly anyOf?: readonly JsonSchemaNode[];
}

/** Names that are options below the path; made only when something is wrong. */
function optionsAt(path: Path, schema: z.ZodType): string[] {
  let nodes = kindsOf(z.toJSONSchema(schema, { io: "input" }) as JsonSchemaNode);
  for (const step of path) nodes = nodes.flatMap((node) => kindsOf(below(node, step)));
  return [...new Set(nodes.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

function kindsOf(node: JsonSchemaNode | undefined): readonly JsonSchemaNode[] {
  return node?.oneOf ?? node?.anyOf ?? (node === undefined ? [] : [node]);
}

function below(node: JsonSchemaNode, step: Path[number]): JsonSchemaNode | undefined {
  if (typeof step === "number") return node.items;
  const rest = node.additionalProperties;
  return node.properties?.[step] ?? (typeof rest === "object" ? rest : undefined);
}

/** What a value is, in the words of someone who writes YAML. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "nothing (null)";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "true or false";
  return `a ${typeof value}`;
}

/** `routes[0].upstream.origin` */
export function dotted(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[\w-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}
