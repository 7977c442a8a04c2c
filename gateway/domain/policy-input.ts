import { type Asserted, withAsserted } from "./asserted.ts";
import type { Facts, SessionFact } from "./facts.ts";
import type { JsonObject } from "./json.ts";
import { type Subject } from "./subject.ts";
import { resourceId, type ToolCall } from "./tool-call.ts";

export type Phase = "call" | "list" | "result";

/** The document Rego sees (policy contract, version 1), and its JSON text. */
export interface PolicyInput {
  readonly document: InputDocument;
  /** All of it, made when it is first asked for: an evaluation needs only what policy reads. */
  readonly text: string;
  /** `context.time.ns` digit by digit, which the number in the document cannot hold; absent when it is exact there. */
  readonly timeNs?: string;
}

/** An input that also knows what its record keeps. */
export interface RecordedInput extends PolicyInput {
  /**
   * JSON text and the pointers left out of it. The session's history is left out unless the policy read it: each of
   * its entries is a decision of this session that the log holds already.
   */
  forRecord(): { readonly text: string; readonly erased: readonly string[] };
}

export interface InputDocument {
  readonly contract: 1;
  readonly phase: Phase;
  readonly subject: JsonObject;
  readonly action: JsonObject;
  readonly resource: JsonObject;
  readonly context: JsonObject;
}

/** Builds the one document policy may see. Pure: same call, subject, facts and assertions, same text. */
export function policyInput(
  call: ToolCall,
  subject: Subject,
  facts: Facts,
  phase: Phase = "call",
  asserted: Asserted | null = null,
): RecordedInput {
  const session = sessionDocument(facts.session);
  const known: InputDocument = {
    contract: 1,
    phase,
    subject: subjectDocument(subject),
    action: {
      name: call.action,
      properties: {
        protocol: call.route.protocol,
        protocol_version: call.mcp?.version ?? "1.1",
        method: call.request.method,
      },
    },
    resource: resourceDocument(call, facts),
    context: contextDocument(call, facts, session.value),
  };
  const document = asserted === null ? known : withAsserted(known, asserted);
  return new BuiltInput(document, facts.time.ns, session.historyWasRead);
}

class BuiltInput implements RecordedInput {
  readonly document: InputDocument;
  readonly timeNs: string;
  readonly #historyWasRead: () => boolean;
  #text: string | null = null;

  constructor(document: InputDocument, timeNs: string, historyWasRead: () => boolean) {
    this.document = document;
    this.timeNs = timeNs;
    this.#historyWasRead = historyWasRead;
  }

  get text(): string {
    return (this.#text ??= inputText(this.document, this.timeNs));
  }

  forRecord(): { readonly text: string; readonly erased: readonly string[] } {
    if (this.#historyWasRead()) return { text: this.text, erased: [] };
    const { context } = this.document;
    const { id, trust, calls, labels } = context["session"] as JsonObject;
    const session = { id, trust, calls, labels } as JsonObject;
    const text = inputText({ ...this.document, context: { ...context, session } }, this.timeNs);
    return { text, erased: calls === 0 ? [] : ["/context/session/history"] };
  }
}

/** The history costs more than all the rest, and few policies ask for it; it is built for those that do. */
function sessionDocument(session: SessionFact): { readonly value: JsonObject; readonly historyWasRead: () => boolean } {
  let history: readonly JsonObject[] | null = null;
  return {
    value: {
      id: session.id,
      trust: session.trust,
      calls: session.calls,
      labels: session.labels,
      get history() {
        return (history ??= session.history.map((entry) => ({ ...entry })));
      },
    },
    historyWasRead: () => history !== null,
  };
}

function subjectDocument(subject: Subject): JsonObject {
  return {
    type: subject.type,
    id: subject.id,
    properties: {
      issuer: subject.issuer,
      client_id: subject.clientId,
      roles: subject.roles,
      scopes: subject.scopes,
      claims: subject.claims,
      proof: subject.proof,
      acting_for: subject.actingFor,
      actor_chain: subject.actorChain,
    },
  };
}

function resourceDocument(call: ToolCall, facts: Facts): JsonObject {
  const { request } = call;
  return {
    type: call.resourceType,
    id: resourceId(call),
    properties: {
      server: call.route.server,
      tool: call.name,
      request: { host: request.host, path: request.path, segments: request.segments, query: request.query },
      catalog: { ...facts.catalog },
      declared: { ...facts.definition.declared },
      definition: {
        digest: facts.definition.digest,
        pinned: facts.definition.pinned,
        changed: facts.definition.changed,
      },
    },
  };
}

function contextDocument(call: ToolCall, facts: Facts, session: JsonObject): JsonObject {
  return {
    arguments: call.arguments,
    arguments_omitted: call.argumentsOmitted,
    urls: facts.urls.map((url) => ({ ...url })),
    provenance: [],
    intent: { ...facts.intent },
    task: facts.task === null ? null : { ...facts.task },
    session,
    approval: approvalDocument(facts.approval),
    risk: { ...facts.risk, signals: facts.risk.signals.map((signal) => ({ ...signal })) },
    time: { ...facts.time, ns: nsMark },
    gateway: { ...facts.gateway },
  };
}

function approvalDocument({ grant, asked, ...fact }: Facts["approval"]): JsonObject {
  return {
    ...fact,
    grant: grant && { ...grant },
    asked: asked && { ...asked, require: asked.require.map((place) => ({ ...place })) },
  };
}

/** Stands for the nanoseconds until the text is made. */
const nsMark = 0;
const beforeNs = '"time":{"ns":';

/**
 * Nanoseconds exceed 2^53, so they are written as digits into the text instead of passing through a number.
 * The last match is the right one: behind it stand only the weekday, the hour and the gateway's own names, and what others
 * assert stands before all facts.
 */
function inputText(document: InputDocument, ns: string): string {
  const text = JSON.stringify(document);
  const at = text.lastIndexOf(`${beforeNs}${nsMark},`) + beforeNs.length;
  return text.slice(0, at) + ns + text.slice(at + 1);
}
