import { createReadStream } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../config/read-config.ts";
import type { JsonObject } from "../lib/json.ts";
import { isJsonObject } from "../lib/json.ts";
import { segmentNames } from "../record/segments.ts";
import { type AskedInput, askedInput } from "./asked-input.ts";
import { parseExact } from "../lib/exact-json.ts";
import { CliFailure, exits } from "./exit-codes.ts";

/**
 * The input of one recorded decision. The log's own files are read, not the console: only they have every digit.
 * @throws CliFailure when there is no such decision, or nothing was judged in it
 */
export async function recordedInput(config: string, id: string): Promise<AskedInput> {
  const dir = logFolder(config);
  const mark = `"decision_id":${JSON.stringify(id)}`;
  for (const segment of (await segmentNames(dir)).toReversed()) {
    for await (const line of linesOf(join(dir, segment))) {
      if (!line.includes(mark)) continue;
      const record = decisionOf(line);
      if (record?.["decision_id"] === id) return inputOf(record);
    }
  }
  throw new CliFailure(exits.negative, "decision_unknown", `The decision log in ${dir} has no decision ${id}.`);
}

/** The inputs of the latest decisions, newest first. */
export async function latestInputs(config: string, count: number): Promise<AskedInput[]> {
  const dir = logFolder(config);
  const found: AskedInput[] = [];
  for (const segment of (await segmentNames(dir)).toReversed()) {
    const here: JsonObject[] = [];
    for await (const line of linesOf(join(dir, segment))) {
      const record = decisionOf(line);
      if (record === null || !isInput(record["input"])) continue;
      here.push(record);
      if (here.length > count - found.length) here.shift();
    }
    found.push(...here.toReversed().map(inputOf));
    if (found.length >= count) return found;
  }
  return found;
}

function logFolder(config: string): string {
  return readConfig(config, { secrets: false }).record.dir;
}

/** Lines end at a line feed alone: `node:readline` would also split at U+2028, which JSON text may hold as it is. */
async function* linesOf(file: string): AsyncIterable<string> {
  let rest = "";
  for await (const chunk of createReadStream(file, { encoding: "utf8" }) as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** Null for an outcome, and for a last line that is only half written. */
function decisionOf(line: string): JsonObject | null {
  try {
    const record = parseExact(line);
    return isJsonObject(record) && record["kind"] === "decision" ? record : null;
  } catch {
    return null;
  }
}

function isInput(value: unknown): value is JsonObject {
  return value !== undefined && isJsonObject(value);
}

function inputOf(record: JsonObject): AskedInput {
  const input = record["input"];
  const id = String(record["decision_id"]);
  if (!isInput(input))
    throw new CliFailure(
      exits.negative,
      "nothing_judged",
      `${id} was refused before there was anything for a policy to judge; see decisions show ${id}.`,
    );
  return askedInput(id, input, record);
}
