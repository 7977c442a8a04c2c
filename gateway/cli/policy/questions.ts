import { readFileSync } from "node:fs";
import { readConfig } from "../../config/read-config.ts";
import type { InputDocument, PolicyInput } from "../../domain/policy-input.ts";
import type { Entrypoint } from "../../domain/ports.ts";
import { detectionsIn } from "../../domain/detections.ts";
import { detect } from "../../detect/detect.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseExact } from "../../lib/json.ts";
import { systemReason } from "../../lib/open-files.ts";
import { decisionLines, hasInput } from "../../record/read-decisions.ts";
import { segmentFiles } from "../../record/segment-files.ts";
import { segmentLines } from "../../record/segment-lines.ts";
import { CliFailure, exits } from "../common/verb.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** A policy input with its entrypoint, from a file or from the decision log. */
export interface PolicyQuestion {
  readonly name: string;
  readonly entrypoint: Entrypoint;
  readonly input: PolicyInput;
  /** The decision record; null for an input from a file. */
  readonly record: JsonObject | null;
}

const entrypointOfPhase: Readonly<Record<string, Entrypoint>> = { call: "decision", list: "visible", result: "result" };

/** The file holds a policy input, or a golden case with one. @throws CliFailure input_unreadable */
export function questionFromFile(file: string): PolicyQuestion {
  let value: unknown;
  try {
    value = parseExact(readFileSync(file, "utf8"));
  } catch (error) {
    const why = systemReason(error) ?? (error as Error).message;
    throw new CliFailure(exits.usage, "input_unreadable", `${file} cannot be read as JSON: ${why}.`);
  }
  const inner = isJsonObject(value) && value["want"] !== undefined ? value["input"] : value;
  if (inner === undefined || !isJsonObject(inner))
    throw new CliFailure(exits.usage, "input_unreadable", `${file} holds no input object.`);
  return questionOf(file, inner, null);
}

/**
 * The input of one recorded decision, from the files of the log: the console's answers would round long numbers.
 * @throws CliFailure decision_unknown; nothing_judged when the call was refused before a policy was asked
 */
export async function recordedQuestion(config: string, id: string): Promise<PolicyQuestion> {
  const dir = logFolder(config);
  const quotedId = `"decision_id":${JSON.stringify(id)}`;
  for (const segment of (await segmentFiles(dir)).toReversed()) {
    for await (const line of segmentLines(dir, segment, (text) => text.includes(quotedId))) {
      const record = decisionOf(line);
      if (record?.["decision_id"] === id) return recordQuestion(record);
    }
  }
  throw new CliFailure(exits.negative, "decision_unknown", `The decision log in ${dir} has no decision ${id}.`);
}

/** The inputs of the latest decisions, newest first. */
export async function latestQuestions(config: string, count: number): Promise<PolicyQuestion[]> {
  const found: PolicyQuestion[] = [];
  for await (const line of decisionLines(logFolder(config), { last: count }, hasInput)) {
    const record = decisionOf(line);
    if (record !== null && isJsonObject(record["input"])) found.push(recordQuestion(record));
  }
  return found.toReversed();
}

/** Where the configuration has the decision log. */
export function logFolder(config: string): string {
  return readConfig(config, { secrets: false }).record.dir;
}

/** Null for an outcome record, and for a last line that is not written to its end. */
function decisionOf(line: string): JsonObject | null {
  try {
    const record = parseExact(line);
    return isJsonObject(record) && record["kind"] === "decision" ? record : null;
  } catch {
    return null;
  }
}

function recordQuestion(record: JsonObject): PolicyQuestion {
  const input = record["input"];
  const id = String(record["decision_id"]);
  if (!isJsonObject(input))
    throw new CliFailure(
      exits.negative,
      "nothing_judged",
      record["dropped"] === true || record["mask_failed"] === true
        ? `the policy's rules about the log left no input in the record of ${id}; see decisions show ${id}.`
        : `${id} was refused before there was anything for a policy to judge; see decisions show ${id}.`,
    );
  return questionOf(id, withDetected(input), record);
}

/** A record has what detectors find in the arguments only where a rule asked for it then; another rule may ask now. */
function withDetected(input: JsonObject): JsonObject {
  const { context } = input;
  if (context === undefined || !isJsonObject(context) || Object.hasOwn(context, "detected")) return input;
  const detected = detectionsIn(context["arguments"] ?? {}, detect) as unknown as JsonValue;
  return { ...input, context: { ...context, detected } };
}

function questionOf(name: string, value: JsonObject, record: JsonObject | null): PolicyQuestion {
  const text = JSON.stringify(value);
  const document = parseJson(text) as InputDocument;
  const timeNs = nanosecondsOf(value);
  const input = { document, text, ...(timeNs === null ? {} : { timeNs }) };
  return { name, entrypoint: entrypointOfPhase[document.phase] ?? "decision", input, record };
}

/** The digits of `context.time.ns`; null when they are missing or no whole number. */
function nanosecondsOf({ context }: JsonObject): string | null {
  const time = context !== undefined && isJsonObject(context) ? context["time"] : undefined;
  const digits = time !== undefined && isJsonObject(time) ? JSON.stringify(time["ns"]) : undefined;
  return digits !== undefined && /^\d+$/.test(digits) ? digits : null;
}
