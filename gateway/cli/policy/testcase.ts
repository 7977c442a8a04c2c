import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { Option } from "commander";
import { policyInputOf } from "../../bundles/golden-cases.ts";
import type { PolicySource } from "../../bundles/layers/policy-source.ts";
import { decide } from "../../decide/decide.ts";
import { untraced } from "../../domain/provenance.ts";
import { changeBetween } from "../../impact/change.ts";
import { type Verdict, verdictOf, verdictOfRecord } from "../../impact/verdict.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { makeFolderOf, writeOutput } from "../common/output-file.ts";
import { collect, configOption, type ConfigOptions, type Verb, CliFailure, exits } from "../common/verb.ts";
import { loadPolicy, policyList, readPolicy } from "./load-policy.ts";
import { runOpa } from "./opa.ts";
import { recordedQuestion } from "./questions.ts";
import { parseJson } from "../../lib/parse-json.ts";

interface TestcaseOptions extends ConfigOptions {
  readonly folder: string[];
  readonly name?: string;
}

/** `sallyport policy testcase ID`: a recorded decision as a golden case and as a Rego test of the policy folder. */
export const testcase: Verb = {
  usage: "testcase <decision>",
  summary: "make a golden case and a test of a recorded decision",
  examples: [
    "policy testcase d_9fK2…",
    'policy testcase d_9fK2… --folder library --folder ../draft --name "holds a refund at night"',
  ],
  options: [
    configOption,
    new Option(
      "--folder <source>",
      "a source of the policy (repeatable); the last folder gets the files; default: the configuration's",
    )
      .default([])
      .argParser(collect),
    new Option("--name <text>", "what it is called; default: the decision's id"),
  ],
  async run({ printer, clock }, { config, folder: named, name, json }: TestcaseOptions, id: string) {
    if (name?.trim() === "")
      throw new CliFailure(exits.usage, "name_empty", "--name is empty: leave it out, or name the case.");
    const list = policyList(named, config);
    const folder = lastFolder(list);
    const { record, input } = await recordedQuestion(config, id);
    const said = record === null ? null : saidIn(record);
    if (record === null || said === null) throw notOfPolicy(id);
    const { document, assumed, masked } = completed(parseJson(input.text) as JsonObject, leftOutOf(record));
    if (masked.length > 0) throw isMasked(id, masked);
    const called = name ?? id;
    const file = fileName(called) ?? fileName(id) ?? "case";
    const [golden, rego] = [join(folder, `golden/${file}.json`), join(folder, `recorded/${file}_test.rego`)];
    for (const file of [golden, rego]) if (existsSync(file)) throw isThere(file);
    const { policy } = await loadPolicy(await readPolicy(list), config, clock);
    const differs = changeBetween(said, verdictOf(decide(policy, policyInputOf(document))));
    for (const file of [golden, rego]) makeFolderOf(file);
    writeOutput(golden, `${JSON.stringify(goldenCase(called, document, said), null, 2)}\n`);
    writeOutput(rego, regoTest({ name: called, file }, document, said));
    await runOpa(["fmt", "--write", relative(folder, rego)], folder);
    const notes = [
      ...(assumed.length === 0 ? [] : [`nobody looked at these, and they are empty: ${assumed.join(", ")}`]),
      ...(differs === null ? [] : [`the folder answers otherwise now (${differs.kind}): both fail until it does not`]),
    ];
    printer.result(
      json,
      { ok: true, golden, test: rego, assumed, differs: differs?.kind ?? null },
      [golden, rego, ...notes.map((note) => `note: ${note}`)].join("\n"),
    );
  },
};

/** @throws CliFailure folder_missing */
function lastFolder(list: readonly PolicySource[]): string {
  const found = list.findLast(({ kind }) => kind === "folder");
  if (found !== undefined) return found.path;
  throw new CliFailure(exits.usage, "folder_missing", "No source of the policy is a folder; name one with --folder.");
}

function saidIn({ result }: JsonObject): Verdict | null {
  if (result === undefined || !isJsonObject(result) || result["doubt"] !== null) return null;
  return verdictOfRecord(result);
}

function notOfPolicy(id: string): CliFailure {
  const message = `${id} is no answer of a policy: the gateway refused it by itself, or the policy was at fault.`;
  return new CliFailure(exits.negative, "not_of_policy", message);
}

function isMasked(id: string, places: readonly string[]): CliFailure {
  const message = `The record of ${id} does not hold ${places.join(", ")}; a case without it would be about another call.`;
  return new CliFailure(exits.negative, "input_masked", message, { places });
}

function isThere(file: string): CliFailure {
  return new CliFailure(exits.usage, "file_exists", `${file} is there already; name the case with --name.`);
}

/** What stands in the place of a part that the policy has not read; a case has to be whole. */
const unread: Readonly<Record<string, JsonValue>> = {
  "/context/session/history": [],
  "/context/risk": { score: null, signals: [] },
  ...Object.fromEntries(Object.entries(untraced).map(([name, value]) => [`/context/${name}`, value])),
};

interface Completed {
  readonly document: JsonObject;
  /** Parts that the policy had not read, and that are empty now. */
  readonly assumed: readonly string[];
  /** Parts that were masked or cut. */
  readonly masked: readonly string[];
}

/** A value that stands in another's place is as little what was judged as none. */
function leftOutOf({ erased, masked }: JsonObject): JsonValue {
  return [erased, masked].flatMap((of) => (Array.isArray(of) ? (of as readonly JsonValue[]) : []));
}

function completed(document: JsonObject, erased: JsonValue | undefined): Completed {
  const pointers = (Array.isArray(erased) ? (erased as readonly JsonValue[]) : []).map((one) =>
    String(one).replace(/^\/input/, ""),
  );
  const assumed = pointers.filter((pointer) => Object.hasOwn(unread, pointer));
  const masked = pointers.filter((pointer) => !Object.hasOwn(unread, pointer));
  const context = { ...(document["context"] as Record<string, JsonValue>) };
  for (const pointer of assumed) {
    const name = pointer.slice("/context/".length);
    const value = unread[pointer] as JsonValue;
    if (name === "session/history") context["session"] = { ...(context["session"] as JsonObject), history: value };
    else context[name] = value;
  }
  return { document: { ...document, context }, assumed, masked };
}

function goldenCase(name: string, input: JsonObject, { effect, reasons }: Verdict): object {
  return { name, entrypoint: "decision", input, want: { effect, reasons } };
}

interface Called {
  readonly name: string;
  /** Without what ends the names of its files. */
  readonly file: string;
}

function regoTest({ name, file }: Called, input: JsonObject, { effect, reasons }: Verdict): string {
  const codes = reasons.map(({ code }) => JSON.stringify(code)).join(", ");
  const id = file.replaceAll("-", "_");
  // Some comments mean something by how they begin, such as METADATA to OPA.
  return `# Recorded: ${escapeControls(name.replaceAll(/\s+/g, " "))}
package recorded.${id}_test

import data.sallyport.main

test_${id} if {
	answer := main.decision with input as _input
	answer.effect == ${JSON.stringify(effect)}
	{reason.code | some reason in answer.reasons} == {${codes}}
}

_input := ${JSON.stringify(input, null, "\t")}
`;
}

/** The name as part of a file's name and of a Rego package: letters, digits and dashes, beginning with a letter. Null where nothing is left of it. */
function fileName(name: string): string | null {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 80);
  if (plain === "") return null;
  return /^[a-z]/.test(plain) ? plain : `case-${plain}`;
}
