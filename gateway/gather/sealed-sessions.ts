import { createSecretKey, hash, type KeyObject } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Refusal } from "../domain/errors.ts";
import type {
  BegunSessions,
  Clock,
  Ids,
  KeptKeyStore,
  OpenedSession,
  SaidInSession,
  SessionOpener,
  SessionSealer,
} from "../domain/ports.ts";
import { callerKey, type Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { Recent } from "../lib/caches.ts";
import { openSealed, randomBits, sealText } from "../lib/sealed-text.ts";
import type { TransportSessions } from "./transport-sessions.ts";
import { parseJson } from "../lib/parse-json.ts";

/** A key seals for so long; then a new one does. */
const rotateMs = 86_400_000;
/** A session is over when the key that its id is sealed with is older. */
const keptMs = 30 * 86_400_000;
/** The keys are read again for an id with a key that is not known, not more often than this. */
const readAgainMs = 100;
/** Names a key in front of what it seals. */
const nameChars = 8;
/** 128 bits in base64url. */
const ownerChars = 22;
const openedInMemory = 10_000;
/** Nothing else that is sealed with these keys opens as an id. */
const about = "mcp-session-id";
/** Of an id with what its tool server has announced, or its client declared: gateways of before do not open it. */
const aboutSaid = "mcp-session-id announced";
const nothingSaid: SaidInSession = { announced: [] };

export interface SealedSessionsDeps {
  readonly keys: KeptKeyStore;
  /** Whose each session is, as far as this process has seen: a tool server may give one to two callers. */
  readonly owners: Pick<TransportSessions, "claim" | "begun">;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * Ids of MCP's transport sessions as callers have them (`Mcp-Session-Id`): the tool server's own id, sealed (AES-256-GCM) together with whose
 * it is, on which route, which changes of lists its tool server tells, and whether its client opens pages. Any process that has the keys
 * serves a session that another has seen begin, and what no process has sealed is no session. The keys are in the store; see `refresh`.
 */
export class SealedSessions implements BegunSessions, SessionOpener, SessionSealer {
  readonly #deps: SealedSessionsDeps;
  #keys: ReadonlyMap<string, KeyObject> = new Map();
  #newest: { readonly name: string; readonly key: KeyObject } | null = null;
  /** Texts of the keys, as they were read last. */
  #texts: readonly string[] = [];
  readonly #opened = new Recent<OpenedSession>(openedInMemory);
  #reading: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #readAt = -Infinity;

  private constructor(deps: SealedSessionsDeps) {
    this.#deps = deps;
  }

  /** With its keys. @throws Refusal store_unavailable, Error */
  static async open(deps: SealedSessionsDeps): Promise<SealedSessions> {
    const sessions = new SealedSessions(deps);
    await sessions.refresh();
    return sessions;
  }

  /** Reads the keys, after a day with a new one, and without those that are too old. @throws Refusal store_unavailable, Error */
  async refresh(): Promise<void> {
    const { keys, clock, ids } = this.#deps;
    const now = clock.now();
    this.#readAt = clock.monotonic();
    let stored = await keys.list();
    if ((stored[0]?.made ?? -Infinity) <= now - rotateMs) {
      // Of two processes that need a new key at once, both take the one that came first.
      const text = Buffer.concat([randomBits(ids), randomBits(ids)]).toString("base64url");
      await keys.add({ text, made: now }, now - rotateMs);
      await keys.drop(now - keptMs);
      stored = await keys.list();
    }
    this.#take(stored.map(({ text }) => text));
  }

  open(id: string): OpenedSession | null | Promise<OpenedSession | null> {
    const name = id.slice(0, nameChars);
    if (id.length <= nameChars) return null;
    if (this.#keys.has(name)) return this.#opened.get(id) ?? this.#openWith(name, id);
    // Another process may have made the key a moment ago.
    return this.#readAgain().then(() => this.#openWith(name, id));
  }

  /** @throws Refusal mcp_session_unknown, as if there were no such session (MCP 2025-11-25, "Session Management"); store_unavailable */
  claim(subject: Subject, call: ToolCall): void | Promise<void> {
    const { mcp, route } = call;
    if (mcp === null || mcp.transportSession === null) return;
    if (mcp.sealed?.owner !== ownerOf(subject, route.id)) throw new Refusal("mcp_session_unknown");
    return this.#deps.owners.claim(subject, call);
  }

  begun(subject: Subject, { route }: ToolCall, session: string): void {
    this.#deps.owners.begun(subject, route, session);
  }

  shown(subject: Subject, { route, mcp, action }: ToolCall, session: string, said: SaidInSession): string {
    // Tool servers repeat it in each answer; a client has one id for it, until it begins anew and says something else.
    if (mcp?.sealed !== undefined && mcp.transportSession === session)
      if (action !== "initialize" || isSame(mcp.sealed, said)) return mcp.sealed.id;
    return this.sealed(subject, route.id, session, said);
  }

  sealed(
    subject: Subject,
    route: string,
    session: string,
    { announced, opensPages }: SaidInSession = nothingSaid,
  ): string {
    if (this.#newest === null) throw new Error("there is no key that ids of sessions are sealed with");
    const { name, key } = this.#newest;
    const isPlain = announced.length === 0 && opensPages !== true;
    const said = isPlain ? session : JSON.stringify({ session, announced, ...(opensPages === true && { opensPages }) });
    return (
      name + sealText(key, randomBits(this.#deps.ids), ownerOf(subject, route) + said, isPlain ? about : aboutSaid)
    );
  }

  #openWith(name: string, id: string): OpenedSession | null {
    const key = this.#keys.get(name);
    const opened = key === undefined ? null : openedBy(key, id);
    if (opened !== null) this.#opened.set(id, opened);
    return opened;
  }

  /** What was opened stays so: it is looked for only while its key is there. */
  #take(texts: readonly string[]): void {
    if (texts.length === this.#texts.length && texts.every((text, at) => text === this.#texts[at])) return;
    const named = texts.map((text) => ({ name: nameOf(text), key: createSecretKey(text, "base64url") }));
    this.#newest = named[0] ?? null;
    this.#keys = new Map(named.map(({ name, key }) => [name, key]));
    this.#texts = texts;
  }

  /** One for all who ask before it begins: one that has begun may miss the key that is asked for. */
  #readAgain(): Promise<void> {
    this.#next ??= this.#readLater();
    return this.#next;
  }

  async #readLater(): Promise<void> {
    const wait = Math.max(0, this.#readAt + readAgainMs - this.#deps.clock.monotonic());
    await Promise.allSettled([pause(wait), this.#reading]);
    this.#next = null;
    this.#reading = this.refresh();
    await this.#reading;
  }
}

function isSame(sealed: SaidInSession, said: SaidInSession): boolean {
  const { announced, opensPages = false } = said;
  return String(sealed.announced) === String(announced) && (sealed.opensPages ?? false) === opensPages;
}

function openedBy(key: KeyObject, id: string): OpenedSession | null {
  const sealed = id.slice(nameChars);
  const plain = openSealed(key, sealed, about);
  const text = plain ?? openSealed(key, sealed, aboutSaid);
  if (text === null) return null;
  const [owner, rest] = [text.slice(0, ownerChars), text.slice(ownerChars)];
  if (plain !== null) return { id, owner, session: rest, announced: [] };
  return { id, owner, ...(parseJson(rest) as Omit<OpenedSession, "id" | "owner">) };
}

function nameOf(key: string): string {
  return hash("sha256", `name of ${key}`, "base64url").slice(0, nameChars);
}

/** The caller, the person it acts for, and the route. */
function ownerOf(subject: Subject, route: string): string {
  return hash("sha256", JSON.stringify([callerKey(subject), route]), "base64url").slice(0, ownerChars);
}
