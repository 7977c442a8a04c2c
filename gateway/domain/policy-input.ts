import { internJson, type JsonObject } from "../lib/json.ts";
import { oncePer, Recent } from "../lib/caches.ts";
import { argumentsKnown } from "./arguments-read.ts";
import { type Asserted, withAsserted } from "./asserted-input.ts";
import { digestOfArguments, type KnownDigest, type TextAround, textAround } from "./arguments-digest.ts";
import type { CatalogFact, Facts } from "./facts.ts";
import { type InputParts, inputParts } from "./input-parts.ts";
import { type ContextSource, InputContext } from "./input-context.ts";
import type { ResultFact } from "./result.ts";
import { argumentsText, inputText, type KnownTexts, provenanceNames, SessionDocument } from "./input-text.ts";
import type { Subject } from "./subject.ts";
import { resourceId, type ToolCall } from "./tool-call.ts";

export type Phase = "call" | "list" | "result";

/** The document Rego sees (policy contract, version 1), and its JSON text. */
export interface PolicyInput {
  readonly document: InputDocument;
  /** The whole text, made at its first use: most evaluations need only a projection. */
  readonly text: string;
  /** `context.time.ns` digit by digit, which the number in the document cannot hold; absent when it is exact there. */
  readonly timeNs?: string;
  /** Called by whoever gives the session's history to the policy: the record keeps it then. Absent where nothing is recorded. */
  markHistoryRead?(): void;
}

/** An input together with the form that its record keeps. */
export interface RecordedInput extends PolicyInput {
  /**
   * JSON text and what is left out of it, as pointers into the record. The session's history is left out unless the policy read it: each of
   * its entries is a decision of this session that the log holds already. So are where values come from and the risk, which nobody has
   * looked up then.
   */
  forRecord(withArguments?: boolean): { readonly text: string; readonly erased: readonly string[] };
  /** That text around the arguments; null where their bytes are not known. */
  aroundArguments(): TextAround | null;
  /** The same in parts; null for one that is kept whole. */
  partsForRecord(withArguments?: boolean): InputParts | null;
  /** JSON text of the arguments, as `text` has them. */
  argumentsText(): string;
  /** SHA-256 (64 hex digits) and length of that text in UTF-8, where they are known without it. */
  readonly argumentsDigest: KnownDigest | null;
}

export interface InputDocument {
  readonly contract: 1;
  readonly phase: Phase;
  readonly subject: JsonObject;
  readonly action: JsonObject;
  readonly resource: JsonObject;
  readonly context: JsonObject;
}

/**
 * The document by which policy decides about a call. Like the two below it is pure: same call, subject and facts, same text. `asserted`:
 * what another enforcement point says beside the facts.
 */
export function callInput(
  call: ToolCall,
  subject: Subject,
  facts: Facts,
  asserted: Asserted | null = null,
): RecordedInput {
  const session = new SessionDocument(facts.session);
  return builtInput("call", subject, { call, facts, session, result: null, asserted });
}

/** The document by which policy decides whether a caller sees an item of a list: `item` is the call that would use it. */
export function listInput(item: ToolCall, subject: Subject, facts: Facts): RecordedInput {
  const session = new SessionDocument(facts.session);
  return builtInput("list", subject, { call: item, facts, session, result: null, asserted: null });
}

/** The document by which policy decides what of the answer to a call may come back. */
export function resultInput(call: ToolCall, subject: Subject, facts: Facts, result: ResultFact): RecordedInput {
  const session = new SessionDocument(facts.session);
  return builtInput("result", subject, { call, facts, session, result, asserted: null });
}

function builtInput(phase: Phase, subject: Subject, source: ContextSource): RecordedInput {
  const { call, facts, session, asserted } = source;
  const known: InputDocument = {
    contract: 1,
    phase,
    subject: subjectDocument(subject),
    action: actionDocument(call),
    resource: resourceDocument(call, facts),
    context: new InputContext(source) as unknown as JsonObject,
  };
  const { time, detected } = facts;
  const texts = {
    ns: time.ns,
    arguments: true,
    argumentsText: null,
    argumentsBytes: argumentsKnown(call)?.bytes ?? null,
    provenance: true,
    before: true,
    risk: true,
    detected,
  };
  return new BuiltInput(asserted === null ? known : withAsserted(known, asserted), {
    session,
    texts,
    facts,
    argumentsDigest: digestOfArguments(call),
  });
}

interface OfInput extends Pick<RecordedInput, "argumentsDigest"> {
  readonly session: SessionDocument;
  readonly texts: KnownTexts;
  readonly facts: Facts;
}

const none: readonly never[] = internJson([]);
const ofHistory: readonly string[] = ["/input/context/session/history"];
const ofProvenance: readonly string[] = provenanceNames.map((member) => `/input/context/${member}`);
const ofRisk: readonly string[] = ["/input/context/risk"];
const ofBefore: readonly string[] = ["/input/context/before"];
const ofArguments: readonly string[] = ["/input/context/arguments"];
/** By what is left out: 1 the history, 2 where values come from, 4 the risk, 8 what was made before, 16 the arguments. */
const leftOut: readonly (readonly string[])[] = internJson(
  Array.from({ length: 32 }, (_, parts) => [
    ...((parts & 1) === 0 ? none : ofHistory),
    ...((parts & 2) === 0 ? none : ofProvenance),
    ...((parts & 8) === 0 ? none : ofBefore),
    ...((parts & 4) === 0 ? none : ofRisk),
    ...((parts & 16) === 0 ? none : ofArguments),
  ]),
);

class BuiltInput implements RecordedInput {
  readonly document: InputDocument;
  readonly timeNs: string;
  readonly argumentsDigest: RecordedInput["argumentsDigest"];
  readonly #session: SessionDocument;
  readonly #texts: KnownTexts;
  readonly #facts: Pick<Facts, "provenance" | "risk">;
  #text: string | null = null;
  #argumentsText: string | null = null;
  #historyRead = false;

  constructor(document: InputDocument, { session, texts, facts, argumentsDigest }: OfInput) {
    this.document = document;
    this.argumentsDigest = argumentsDigest;
    this.timeNs = texts.ns;
    this.#session = session;
    this.#texts = texts;
    this.#facts = facts;
  }

  get text(): string {
    return (this.#text ??= inputText(this.document, this.#session.toJSON(), this.#texts, true));
  }

  markHistoryRead(): void {
    this.#historyRead = true;
  }

  forRecord(withArguments = true): { readonly text: string; readonly erased: readonly string[] } {
    const { session, texts, detected, erased } = this.#kept(withArguments);
    if (this.#historyRead && erased.length === 0 && detected) return { text: this.text, erased };
    return { text: inputText(this.document, session, texts, detected), erased };
  }

  aroundArguments(): TextAround | null {
    const { argumentsBytes: bytes } = this.#texts;
    if (bytes === null) return null;
    const { session, texts, detected } = this.#kept(true);
    return textAround(bytes, (argumentsText) =>
      inputText(this.document, session, { ...texts, argumentsText }, detected),
    );
  }

  partsForRecord(withArguments = true): InputParts | null {
    return inputParts({ document: this.document, ...this.#kept(withArguments) });
  }

  argumentsText(): string {
    return (this.#argumentsText ??= argumentsText(this.document.context, this.#texts));
  }

  #kept(withArguments: boolean) {
    const session = this.#session;
    const { isRead: provenance, isBeforeRead: before } = this.#facts.provenance;
    const { isRead: risk } = this.#facts.risk;
    // What detectors would find follows from the arguments: where no rule has asked, nobody looks for it for the record.
    const { isKnown } = this.#texts.detected;
    const shown = this.#historyRead ? session.toJSON() : SessionDocument.withoutHistory(session);
    const isHistoryLeftOut = !this.#historyRead && session.calls > 0;
    return {
      session: shown,
      texts: { ...this.#texts, arguments: withArguments, argumentsText: this.#argumentsText, provenance, before, risk },
      detected: isKnown,
      erased:
        leftOut[
          (isHistoryLeftOut ? 1 : 0) +
            (provenance ? 0 : 2) +
            (risk ? 0 : 4) +
            (before ? 0 : 8) +
            (withArguments ? 0 : 16)
        ] ?? none,
    };
  }
}

/** A subject is made once per token, so its document is reused for every call. */
const subjectDocument = oncePer((subject: Subject): JsonObject =>
  internJson({
    type: subject.type,
    id: subject.id,
    properties: {
      issuer: subject.issuer,
      client_id: subject.clientId,
      roles: subject.roles,
      scopes: subject.scopes,
      claims: subject.claims,
      claims_omitted: subject.claimsOmitted,
      proof: subject.proof,
      acting_for: subject.actingFor,
      actor_chain: subject.actorChain,
    },
  }),
);

const actions = new Recent<JsonObject>(256);

/**
 * Calls have few actions (methods and protocol versions), so their documents are cached; other enforcement points
 * choose names freely.
 */
function actionDocument({ action, route: { protocol }, mcp, request: { method } }: ToolCall): JsonObject {
  const version = mcp?.version ?? "1.1";
  const key = `${protocol} ${version} ${method} ${action}`;
  const known = actions.get(key);
  if (known !== undefined) return known;
  const document = internJson({ name: action, properties: { protocol, protocol_version: version, method } });
  actions.set(key, document);
  return document;
}

function resourceDocument(call: ToolCall, facts: Facts): JsonObject {
  const { request } = call;
  return {
    type: call.resourceType,
    id: resourceId(call),
    properties: {
      server: call.route.server,
      tool: call.serverRequest === undefined ? call.name : call.serverRequest.tool,
      request: request.document,
      catalog: catalogDocument(facts.catalog),
      declared: facts.definition.declared,
      definition: definitionDocument(facts.definition),
    },
  };
}

/** The fact is the same object until the tool's definition changes. */
const definitionDocument = oncePer(({ declared: _declared, ...fact }: Facts["definition"]): JsonObject =>
  internJson(fact),
);

/** The operator's facts about the tool, in the form of the policy input and of the card that people see. */
export function catalogDocument(fact: CatalogFact): JsonObject {
  return fact as unknown as JsonObject;
}
