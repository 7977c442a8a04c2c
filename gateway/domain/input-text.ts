import { jsonText, type JsonObject, type JsonValue } from "../lib/json.ts";
import type { ArgumentDetections } from "./detections.ts";
import type { SessionFact } from "./facts.ts";
import type { InputDocument } from "./policy-input.ts";

/** JSON texts of members that are not written from the document. */
export interface KnownTexts {
  /** Nanoseconds, digit by digit. */
  readonly ns: string;
  /** Whether the arguments are part of the text. */
  readonly arguments: boolean;
  /** Of the arguments, where it was made before; else null. */
  readonly argumentsText: string | null;
  /** The bytes of that text, where they are known. */
  readonly argumentsBytes: Buffer | null;
  /** Whether where values come from is part of the text, and what was made before. */
  readonly provenance: boolean;
  readonly before: boolean;
  /** Whether the risk is. */
  readonly risk: boolean;
  readonly detected: ArgumentDetections;
}

/**
 * As JSON.stringify, except that nanoseconds, which exceed 2^53, are written as digits. Written member by member,
 * because it runs for every call and shared members reuse their known text. `detected`: with what detectors find in the arguments.
 */
export function inputText(document: InputDocument, session: JsonObject, known: KnownTexts, detected: boolean): string {
  const { contract, phase, subject, action, resource, context } = document;
  return (
    `{"contract":${contract},"phase":"${phase}","subject":${jsonText(subject)},"action":${jsonText(action)}` +
    `,"resource":{"type":${text(resource["type"])},"id":${text(resource["id"])}` +
    `,"properties":${propertiesText(resource["properties"] as JsonObject)}}` +
    `,"context":${contextText(context, session, known, detected)}}`
  );
}

function propertiesText(of: JsonObject): string {
  return (
    `{"server":${text(of["server"])},"tool":${text(of["tool"])},"request":${text(of["request"])}` +
    `,"catalog":${text(of["catalog"])},"declared":${text(of["declared"])},"definition":${text(of["definition"])}` +
    (of["asserted"] === undefined ? "}" : `,"asserted":${text(of["asserted"])}}`)
  );
}

function contextText(of: JsonObject, session: JsonObject, known: KnownTexts, withDetected: boolean): string {
  const { ns, provenance, before, risk, detected } = known;
  const found = withDetected ? `,"detected":${JSON.stringify(detected.places)}` : "";
  const asserted = of["asserted"] === undefined ? "" : `"asserted":${text(of["asserted"])},"pep":${text(of["pep"])},`;
  const result = of["result"] === undefined ? "" : `"result":${text(of["result"])},`;
  const responses = of["input_responses"] === undefined ? "" : `"input_responses":${text(of["input_responses"])},`;
  return (
    `{${asserted}${responses}${result}${known.arguments ? `"arguments":${argumentsText(of, known)},` : ""}"arguments_omitted":${of["arguments_omitted"] as boolean}` +
    `,"urls":${text(of["urls"])},"intent":${text(of["intent"])}` +
    `,"task":${text(of["task"])},"session":${sessionText(session)},"approval":${text(of["approval"])}` +
    `,"time":${timeText(of["time"] as JsonObject, ns)},"gateway":${text(of["gateway"])}${risk ? `,"risk":${text(of["risk"])}` : ""}` +
    `${provenance ? provenanceText(of) : ""}${before ? `,"before":${text(of["before"])}` : ""}${found}}`
  );
}

export function argumentsText(
  of: JsonObject,
  { argumentsText: made, argumentsBytes: bytes }: Pick<KnownTexts, "argumentsText" | "argumentsBytes">,
): string {
  return made ?? (bytes === null ? text(of["arguments"]) : bytes.toString());
}

/** Members that say where values come from, in their order. */
export const provenanceNames = ["provenance", "secrets", "copied", "completes", "asked"] as const;

function provenanceText(of: JsonObject): string {
  let texts = "";
  for (const name of provenanceNames) texts += `,"${name}":${text(of[name])}`;
  return texts;
}

export function sessionText(of: JsonObject, withHistory = true): string {
  const history = !withHistory || of["history"] === undefined ? "" : `,"history":${text(of["history"])}`;
  return `{"id":${text(of["id"])},"trust":"${of["trust"] as string}","calls":${of["calls"] as number},"labels":${text(of["labels"])}${history}}`;
}

function timeText(of: JsonObject, ns: string): string {
  return `{"ns":${ns},"weekday":"${of["weekday"] as string}","hour":${of["hour"] as number},"zone":"${of["zone"] as string}"}`;
}

/** Every member is present: the document is built with all of them. */
function text(value: JsonValue | undefined): string {
  return jsonText(value as JsonValue);
}

/**
 * A session as policy sees it. Its history is built at its first use, since few policies read it; whether one did is noted by
 * `PolicyInput.markHistoryRead`, not by looking at it here. The getter is on the prototype and enumerable, so that whoever
 * lists the members finds it.
 */
export class SessionDocument {
  readonly id: string;
  readonly trust: string;
  readonly calls: number;
  readonly labels: readonly string[];
  readonly #fact: SessionFact;
  #history: readonly JsonObject[] | null = null;

  constructor(fact: SessionFact) {
    this.id = fact.id;
    this.trust = fact.trust;
    this.calls = fact.calls;
    this.labels = fact.labels;
    this.#fact = fact;
  }

  get history(): readonly JsonObject[] {
    return (this.#history ??= this.#fact.history.map((entry) => ({ ...entry })));
  }

  toJSON(): JsonObject {
    return { ...SessionDocument.withoutHistory(this), history: this.history };
  }

  static withoutHistory({ id, trust, calls, labels }: SessionDocument): JsonObject {
    return { id, trust, calls, labels };
  }
}

Object.defineProperty(SessionDocument.prototype, "history", { enumerable: true });
