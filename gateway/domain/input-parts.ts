import { type JsonObject, jsonText, type JsonValue } from "../lib/json.ts";
import { noApproval } from "./approval/fact.ts";
import { argumentsText, inputText, type KnownTexts, provenanceText, sessionText } from "./input-text.ts";
import type { InputDocument } from "./policy-input.ts";

/**
 * The input of a record as JSON texts: what many records have alike, and what is of this call alone. Laid over one another, the shape
 * first, they are the input, member for member in its order.
 */
export interface InputParts {
  /** Pointers into the record of what is left out. */
  readonly erased: readonly string[];
  /** Inputs with the same values here have the same shape; objects are compared by identity and never change. */
  readonly shapedOf: readonly (object | string | number | boolean)[];
  /** Members of `subject` and `context` that say who calls, in which session and for what. */
  readonly subject: string;
  readonly caller: string;
  /** `resource.properties.request` */
  readonly request: string;
  /** Members of `context`. */
  readonly call: string;
  /** What `inputShape` is made of. */
  readonly shapedBy: ShapedBy;
}

interface ShapedBy {
  readonly document: InputDocument;
  readonly texts: KnownTexts;
  readonly isApproved: boolean;
}

interface Kept {
  readonly document: InputDocument;
  /** With the history, where the record has it. */
  readonly session: JsonObject;
  readonly texts: KnownTexts;
  /** Whether what detectors find is kept. */
  readonly detected: boolean;
  readonly erased: readonly string[];
}

/** Whether it has members that only some calls have. */
function hasRare(context: JsonObject, properties: JsonObject): boolean {
  return (
    context["asserted"] !== undefined ||
    context["input_responses"] !== undefined ||
    context["result"] !== undefined ||
    properties["asserted"] !== undefined
  );
}

/** Null for an input that has what only few have. */
export function inputParts({ document, session, texts, detected, erased }: Kept): InputParts | null {
  const { subject, resource, context } = document;
  const properties = resource["properties"] as JsonObject;
  if (hasRare(context, properties)) return null;
  const isApproved = context["approval"] !== (noApproval as unknown);
  return {
    erased,
    shapedOf: shapedOf({ document, texts, detected, isApproved }, properties),
    shapedBy: { document, texts, isApproved },
    subject: jsonText(subject),
    caller: `"intent":${text(context["intent"])},"session":${sessionText({ ...session, calls: 0 }, false)}`,
    request: text(properties["request"]),
    call: callText(context, { session, texts, detected, isApproved }),
  };
}

type Shaped = Pick<Kept, "document" | "texts" | "detected"> & Pick<ShapedBy, "isApproved">;

function shapedOf({ document, texts, detected, isApproved }: Shaped, properties: JsonObject): InputParts["shapedOf"] {
  const { phase, action, resource, context } = document;
  const time = context["time"] as JsonObject;
  return [
    properties["tool"] as string,
    resource["id"] as string,
    action,
    properties["catalog"] as JsonObject,
    properties["declared"] as JsonObject,
    properties["definition"] as JsonObject,
    context["gateway"] as JsonObject,
    texts.risk,
    texts.provenance,
    texts.before,
    detected,
    isApproved,
    texts.arguments,
    time["weekday"] as string,
    time["hour"] as number,
    phase,
    resource["type"] as string,
  ];
}

const nobody: JsonObject = { id: "", trust: "none", calls: 0, labels: [] };
const unread = {
  risk: null,
  provenance: null,
  secrets: null,
  copied: null,
  completes: null,
  asked: null,
  before: null,
};

/**
 * The input with null, 0, false or an empty list in the places of all other parts. What detectors find is the last member: it needs no
 * place.
 */
export function inputShape({ document, texts, isApproved }: ShapedBy): string {
  const { resource, context } = document;
  const { time, gateway, approval } = context;
  const properties = { ...(resource["properties"] as JsonObject), request: null };
  const empty = {
    ...{ arguments: null, arguments_omitted: false, urls: [], intent: null, task: null, session: null },
    ...{
      approval: isApproved ? null : (approval as JsonValue),
      time: time as JsonValue,
      gateway: gateway as JsonValue,
    },
    ...unread,
  };
  const shape = {
    ...document,
    subject: null as unknown as JsonObject,
    resource: { ...resource, properties },
    context: empty,
  };
  return inputText(shape, nobody, { ...texts, ns: "0", argumentsText: null, argumentsBytes: null }, false);
}

interface OfCall extends Pick<Kept, "session" | "texts" | "detected"> {
  readonly isApproved: boolean;
}

function callText(of: JsonObject, { session, texts, detected, isApproved }: OfCall): string {
  const { urls, task } = of;
  const { history } = session;
  const others =
    (of["arguments_omitted"] === true ? ',"arguments_omitted":true' : "") +
    ((urls as readonly JsonValue[]).length === 0 ? "" : `,"urls":${text(urls)}`) +
    (task === null ? "" : `,"task":${text(task)}`) +
    `,"session":{"calls":${session["calls"] as number}${history === undefined ? "" : `,"history":${text(history)}`}}` +
    (isApproved ? `,"approval":${text(of["approval"])}` : "") +
    `,"time":{"ns":${texts.ns}}${texts.risk ? `,"risk":${text(of["risk"])}` : ""}` +
    (texts.provenance ? provenanceText(of) : "") +
    (texts.before ? `,"before":${text(of["before"])}` : "") +
    (detected ? `,"detected":${JSON.stringify(texts.detected.places)}` : "");
  return texts.arguments ? `"arguments":${argumentsText(of, texts)}${others}` : others.slice(1);
}

function text(value: JsonValue | undefined): string {
  return jsonText(value as JsonValue);
}
