import { type JsonObject, jsonText, type JsonValue } from "../lib/json.ts";
import { noApproval } from "./approval/fact.ts";
import { argumentsText, inputText, type KnownTexts, provenanceNames, sessionText } from "./input-text.ts";
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
  readonly call: InputValues;
  /** What `inputShape` is made of. */
  readonly shapedBy: ShapedBy;
}

/** Members of an object: their text with `"json"` in the place of each value, and the values as JSON text in the same order. */
export interface InputValues {
  readonly names: string;
  readonly values: readonly string[];
}

interface ShapedBy {
  readonly document: InputDocument;
  readonly texts: KnownTexts;
  readonly isApproved: boolean;
  /** No signal speaks against the call: its risk is that of many others. */
  readonly isCalm: boolean;
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
  const risk = texts.risk ? text(context["risk"]) : "";
  const isCalm = texts.risk && risk.endsWith(NO_SIGNALS);
  const values = { session, texts, detected, isApproved, risk: isCalm ? "" : risk };
  return {
    erased,
    shapedOf: shapedOf({ document, texts, detected, isApproved, calm: isCalm ? risk : "" }, properties),
    shapedBy: { document, texts, isApproved, isCalm },
    subject: jsonText(subject),
    caller: `"intent":${text(context["intent"])},"session":${sessionText({ ...session, calls: 0 }, false)}`,
    request: text(properties["request"]),
    call: callValues(context, values),
  };
}

const NO_SIGNALS = ',"signals":[]}';

interface Shaped extends Pick<Kept, "document" | "texts" | "detected">, Pick<ShapedBy, "isApproved"> {
  /** Text of the risk that is calm. */
  readonly calm: string;
}

function shapedOf(
  { document, texts, detected, isApproved, calm }: Shaped,
  properties: JsonObject,
): InputParts["shapedOf"] {
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
    calm,
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
export function inputShape({ document, texts, isApproved, isCalm }: ShapedBy): string {
  const { resource, context } = document;
  const { time, gateway, approval } = context;
  const properties = { ...(resource["properties"] as JsonObject), request: null };
  const empty = {
    arguments: null,
    arguments_omitted: false,
    urls: [],
    intent: null,
    task: null,
    session: null,
    approval: isApproved ? null : (approval as JsonValue),
    time: time as JsonValue,
    gateway: gateway as JsonValue,
    ...unread,
    ...(isCalm && { risk: context["risk"] as JsonValue }),
  };
  const shape = {
    ...document,
    subject: null as unknown as JsonObject,
    resource: { ...resource, properties },
    context: empty,
  };
  return inputText(shape, nobody, { ...texts, ns: "0", argumentsText: null, argumentsBytes: null }, false);
}

interface OfCall extends Pick<Kept, "session" | "texts" | "detected">, Pick<ShapedBy, "isApproved"> {
  /** Empty: it is not of this call alone, or left out. */
  readonly risk: string;
}

function callValues(of: JsonObject, { session, texts, detected, isApproved, risk }: OfCall): InputValues {
  const { urls, task } = of;
  const { history } = session;
  const values: string[] = [];
  let which = 0;
  const add = (member: number, ...texts: readonly string[]): void => {
    which |= 1 << member;
    values.push(...texts);
  };
  if (texts.arguments) add(0, argumentsText(of, texts));
  if (of["arguments_omitted"] === true) add(1, "true");
  if ((urls as readonly JsonValue[]).length > 0) add(2, text(urls));
  if (task !== null) add(3, text(task));
  const calls = String(session["calls"]);
  if (history === undefined) add(4, calls);
  else add(5, calls, text(history));
  if (isApproved) add(6, text(of["approval"]));
  add(7, texts.ns);
  if (risk !== "") add(8, risk);
  if (texts.provenance) add(9, ...provenanceNames.map((name) => text(of[name])));
  if (texts.before) add(10, text(of["before"]));
  if (detected) add(11, JSON.stringify(texts.detected.places));
  return { names: namesOf(which), values };
}

/** In the order of their numbers. */
const members = [
  '"arguments":"json"',
  '"arguments_omitted":"json"',
  '"urls":"json"',
  '"task":"json"',
  '"session":{"calls":"json"}',
  '"session":{"calls":"json","history":"json"}',
  '"approval":"json"',
  '"time":{"ns":"json"}',
  '"risk":"json"',
  provenanceNames.map((name) => `"${name}":"json"`).join(","),
  '"before":"json"',
  '"detected":"json"',
];

/** By the members that there are, a bit each: most calls have the same, and one text is compared faster than two. */
const namesBefore: string[] = [];

function namesOf(which: number): string {
  return (namesBefore[which] ??= members.filter((_, member) => (which & (1 << member)) !== 0).join(","));
}

function text(value: JsonValue | undefined): string {
  return jsonText(value as JsonValue);
}
