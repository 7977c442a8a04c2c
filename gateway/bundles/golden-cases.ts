import type { InputDocument, Phase, PolicyInput } from "../domain/policy-input.ts";
import type { Entrypoint } from "../domain/ports.ts";
import { untraced } from "../domain/provenance.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { asLine, BundleFailure } from "./failure.ts";
import { pathInSource, type Sources } from "./sources.ts";
import { unknownTool } from "./data/tool-facts.ts";
import { parseJson } from "../lib/parse-json.ts";

/** One input whose answer is known; `want` is the part of the answer that must be there. */
export interface GoldenCase {
  readonly name: string;
  readonly file: string | null;
  readonly entrypoint: Entrypoint;
  readonly input: PolicyInput;
  readonly want: JsonObject;
}

const ENTRYPOINTS: readonly unknown[] = ["decision", "visible", "result"] satisfies Entrypoint[];

/** The cases below golden/, and one self-test for each entrypoint, which every policy must answer in the right shape. @throws BundleFailure */
export function goldenCases(sources: Sources | null): GoldenCase[] {
  const files = sources?.files.filter((file) => pathInSource(file).startsWith("golden/")) ?? [];
  return [...selfTestCases(), ...files.map(({ path, bytes }) => readCase(path, bytes.toString("utf8")))];
}

function selfTestCases(): GoldenCase[] {
  const phases = [
    ["decision", "call"],
    ["visible", "list"],
    ["result", "result"],
  ] as const;
  return phases.map(([entrypoint, phase]) => {
    const input = policyInputOf(selfTestInput(phase));
    return { name: `a ${phase} by an unknown caller`, file: null, entrypoint, input, want: {} };
  });
}

function readCase(file: string, text: string): GoldenCase {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw unusable(file, `is not JSON: ${(error as Error).message}`);
  }
  if (!isJsonObject(value)) throw unusable(file, "is not a JSON object");
  const { name, entrypoint, input, want } = value;
  if (typeof name !== "string") throw unusable(file, "has no name");
  if (!ENTRYPOINTS.includes(entrypoint)) throw unusable(file, "has no entrypoint of decision, visible or result");
  if (input === undefined || !isJsonObject(input)) throw unusable(file, "has no input object");
  if (want === undefined || !isJsonObject(want)) throw unusable(file, "has no want object");
  return { name, file, entrypoint: entrypoint as Entrypoint, input: policyInputOf(input), want };
}

function unusable(file: string, what: string): BundleFailure {
  const location = { file, line: 1, message: `golden case ${what}` };
  return new BundleFailure("self-test", asLine(location), [location]);
}

export function policyInputOf(document: JsonObject): PolicyInput {
  return { document: document as unknown as InputDocument, text: JSON.stringify(document) };
}

/** Where `got` lacks something of `want`, as a JSON pointer with both; null when all of it is there. */
export function difference(want: JsonValue, got: JsonValue | undefined, pointer = ""): string | null {
  if (got === undefined) return `${pointer || "/"} is missing, wanted ${JSON.stringify(want)}`;
  if (Array.isArray(want) && Array.isArray(got) && want.length === got.length) {
    return firstOf(
      want.map((item: JsonValue, index) => difference(item, got[index] as JsonValue, `${pointer}/${index}`)),
    );
  }
  if (isJsonObject(want) && isJsonObject(got)) {
    return firstOf(Object.entries(want).map(([key, item]) => difference(item, got[key], `${pointer}/${key}`)));
  }
  return want === got ? null : `${pointer || "/"} is ${JSON.stringify(got)}, wanted ${JSON.stringify(want)}`;
}

function firstOf(found: readonly (string | null)[]): string | null {
  return found.find((item) => item !== null) ?? null;
}

/** A complete input of the policy contract for an unknown caller and tool, which any policy must answer in the right shape. */
export function selfTestInput(phase: Phase): JsonObject {
  return { contract: 1, phase, subject: SUBJECT, action: ACTION, resource: RESOURCE, context: CONTEXT };
}

const SUBJECT: JsonObject = {
  type: "agent",
  id: "self-test",
  properties: {
    issuer: "self-test",
    client_id: null,
    roles: [],
    scopes: [],
    claims: {},
    claims_omitted: [],
    proof: { method: "none", key: null },
    acting_for: null,
    actor_chain: [],
  },
};

const ACTION: JsonObject = {
  name: "tools/call",
  properties: { protocol: "http", protocol_version: "1.1", method: "POST" },
};

const RESOURCE: JsonObject = {
  type: "tool",
  id: "self-test/none",
  properties: {
    server: "self-test",
    tool: "none",
    request: { host: "self-test", path: "/", segments: [], query: [], headers: {} },
    catalog: unknownTool as unknown as JsonObject,
    declared: { readOnlyHint: null, destructiveHint: null },
    definition: {
      kind: "tool",
      name: null,
      digest: null,
      pinned: false,
      changed: false,
      pins: "first_use",
      accepted: false,
    },
  },
};

const CONTEXT: JsonObject = {
  arguments: {},
  arguments_omitted: false,
  detected: [],
  urls: [],
  ...untraced,
  intent: { purpose: null, declared_by: "none", truncated: false },
  task: null,
  session: { id: "s_self-test", trust: "none", calls: 0, labels: [], history: [] },
  approval: { status: "none", id: null, approvers: [], age: null, scope: null, grant: null, asked: null, reason: null },
  risk: { score: null, signals: [] },
  time: { ns: 1_790_000_000_000_000_000, weekday: "Monday", hour: 14, zone: "UTC" },
  gateway: { instance: "self-test", environment: "self-test" },
};
