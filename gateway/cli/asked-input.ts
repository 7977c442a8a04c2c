import { readFileSync } from "node:fs";
import type { JsonObject } from "../lib/json.ts";
import { isJsonObject } from "../lib/json.ts";
import type { InputDocument, PolicyInput } from "../domain/policy-input.ts";
import type { Entrypoint } from "../domain/ports.ts";
import { parseExact } from "../lib/exact-json.ts";
import { CliFailure, exits } from "./exit-codes.ts";

/** An input somebody asks about, with what is known of the decision that was made on it. */
export interface AskedInput {
  readonly name: string;
  readonly entrypoint: Entrypoint;
  readonly input: PolicyInput;
  /** The decision record; null for an input from a file. */
  readonly record: JsonObject | null;
}

const ENTRYPOINTS: Readonly<Record<string, Entrypoint>> = { call: "decision", list: "visible", result: "result" };

/** A policy input, or a golden case that holds one. @throws CliFailure */
export function readInputFile(file: string): AskedInput {
  let value: unknown;
  try {
    value = parseExact(readFileSync(file, "utf8"));
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new CliFailure(exits.usage, "input_unreadable", `${file} cannot be read as JSON: ${why}.`);
  }
  const inner = isJsonObject(value) && value["want"] !== undefined ? value["input"] : value;
  if (inner === undefined || !isJsonObject(inner))
    throw new CliFailure(exits.usage, "input_unreadable", `${file} holds no input object.`);
  return askedInput(file, inner, null);
}

export function askedInput(name: string, value: JsonObject, record: JsonObject | null): AskedInput {
  const text = JSON.stringify(value);
  const document = JSON.parse(text) as InputDocument;
  const timeNs = nanosecondsOf(value);
  const input = { document, text, ...(timeNs === null ? {} : { timeNs }) };
  return { name, entrypoint: ENTRYPOINTS[document.phase] ?? "decision", input, record };
}

/** Wherever it stands among its neighbours: people write input files too. */
function nanosecondsOf({ context }: JsonObject): string | null {
  const time = context !== undefined && isJsonObject(context) ? context["time"] : undefined;
  const digits = time !== undefined && isJsonObject(time) ? JSON.stringify(time["ns"]) : undefined;
  return digits !== undefined && /^\d+$/.test(digits) ? digits : null;
}
