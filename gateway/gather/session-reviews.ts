import { Refusal } from "../domain/errors.ts";
import type {
  Clock,
  ListedSessions,
  SessionLabel,
  SessionPlace,
  SessionQuery,
  SessionReviews,
  SessionRow,
  SessionStore,
  StoredCall,
  StoredHistory,
  StoredLabel,
} from "../domain/ports.ts";
import { isChosen, keyOfRef, type NamedSession, sessionOfKey, sessionRef } from "../domain/session-key.ts";
import { principalKey } from "../domain/subject.ts";
import { type KeyedDigest, reviewedCall } from "./session-history.ts";
import type { SessionMemory } from "./session-memory.ts";

export interface ReviewDeps {
  readonly memory: SessionMemory;
  readonly store: Pick<SessionStore, "labels" | "labelled">;
  /** Of the session with this key, what processes tell each other; null where they do not, and when it is over. */
  readonly readHistory: (key: string) => Promise<StoredHistory | null>;
  /** Calls kept in the history. */
  readonly mostCalls: number;
  /** See `labelSpanMs`. */
  readonly spanMs: number;
  readonly digest: KeyedDigest;
  readonly clock: Pick<Clock, "now">;
}

/** Sessions for people: their calls out of the memory of this process, their labels out of the store. */
export function sessionReviews(deps: ReviewDeps): SessionReviews {
  return {
    list: (query) => list(deps, query),
    async get(ref) {
      const key = keyOfRef(ref);
      if (key === null) return null;
      const [row] = await rowsOf(deps, [key]);
      return row === undefined ? null : { ...row, history: (await historyOf(deps, key)).map(reviewedCall) };
    },
  };
}

/**
 * What all processes have seen, where they tell each other, and what this one has. A policy may have been active in between that reads no history:
 * its calls are in memory only.
 */
async function historyOf(
  { memory, readHistory, digest, mostCalls }: ReviewDeps,
  key: string,
): Promise<readonly StoredCall[]> {
  const own = (memory.find(key)?.history ?? []).map((entry) => entry.stored(digest));
  const shared = (await readHistory(key))?.latest ?? [];
  const known = new Set(shared.map(({ decisionId }) => decisionId));
  const all = [...shared, ...own.filter(({ decisionId }) => !known.has(decisionId))];
  return all.toSorted((one, other) => one.call.at - other.call.at).slice(-mostCalls);
}

async function list(deps: ReviewDeps, query: SessionQuery): Promise<ListedSessions> {
  const { limit } = query;
  const after = query.after === undefined ? null : readPlace(query.after);
  const live = newest(livePlaces(deps, query, after), limit + 1);
  const stored = await storedPlaces(deps, query, after);
  const places = newest([...live, ...stored], limit + 1);
  const page = places.slice(0, limit);
  const last = page.at(-1);
  return {
    items: await rowsOf(
      deps,
      page.map(({ key }) => key),
    ),
    next: places.length > limit && last !== undefined ? placeText(last) : null,
  };
}

function* livePlaces({ memory }: ReviewDeps, query: SessionQuery, after: SessionPlace | null): Iterable<SessionPlace> {
  for (const { of, key, last } of memory.live()) {
    if (query.subject !== undefined && query.subject !== of.subject) continue;
    if (query.session !== undefined && query.session !== of.id) continue;
    const place = { at: last, key };
    if (after === null || newestFirst(after, place) < 0) yield place;
  }
}

/** Those that memory knows stand where their latest call is, and not where their latest label is. */
async function storedPlaces(
  { memory, store, clock, spanMs }: ReviewDeps,
  { subject, session, limit }: SessionQuery,
  after: SessionPlace | null,
): Promise<SessionPlace[]> {
  const found: SessionPlace[] = [];
  const filters = {
    ...(subject === undefined ? {} : { subject }),
    ...(session === undefined ? {} : { session }),
    limit: limit + 1,
    since: clock.now() - spanMs,
  };
  for (let from = after; ;) {
    const page = await store.labelled(from === null ? filters : { ...filters, after: from });
    found.push(...page.filter(({ key }) => memory.find(key) === undefined));
    from = page.at(-1) ?? null;
    if (page.length <= limit || found.length > limit) return found;
  }
}

async function rowsOf(deps: ReviewDeps, keys: readonly string[]): Promise<SessionRow[]> {
  const named = keys.flatMap((key) => {
    const of = sessionOfKey(key);
    return of === null ? [] : [{ key, of, holder: isChosen(of.trust) ? principalKey(callerOf(of)) : key }];
  });
  const labels = await deps.store.labels(named.map(({ holder }) => holder));
  return named.map(({ key, of, holder }) => {
    const session = deps.memory.find(key);
    return {
      ref: sessionRef(key),
      ...of,
      live: session === undefined ? null : { calls: session.calls, since: session.since, last: session.last },
      labels: labelsOf(deps, of, labels.get(holder) ?? []),
    };
  });
}

function callerOf({ issuer, subject }: NamedSession) {
  return { issuer, id: subject };
}

function labelsOf(
  { clock, spanMs }: ReviewDeps,
  { trust }: NamedSession,
  stored: readonly StoredLabel[],
): SessionLabel[] {
  const now = clock.now();
  return stored
    .map((label) => ({ ...label, ends: label.last + spanMs, of: trust === "token" ? "session" : "caller" }) as const)
    .filter(({ ends }) => ends > now);
}

/** The first `most` in the order of the list. */
function newest(places: Iterable<SessionPlace>, most: number): SessionPlace[] {
  let found: SessionPlace[] = [];
  for (const place of places) {
    found.push(place);
    if (found.length >= most * 8) found = found.sort(newestFirst).slice(0, most);
  }
  return found.sort(newestFirst).slice(0, most);
}

/** By key where the moment is the same: a session, then its caller's own window, which gets the same labels. */
function newestFirst(one: SessionPlace, other: SessionPlace): number {
  return other.at - one.at || (one.key < other.key ? -1 : one.key > other.key ? 1 : 0);
}

function placeText({ at, key }: SessionPlace): string {
  return `${at}.${sessionRef(key)}`;
}

/** @throws Refusal parameter_invalid */
function readPlace(text: string): SessionPlace {
  const [, at, ref = ""] = /^(\d{1,16})\.([\w-]+)$/.exec(text) ?? [];
  const key = keyOfRef(ref);
  if (at === undefined || key === null)
    throw new Refusal("parameter_invalid", { hint: "after: must be the `next` of the page before" });
  return { at: Number(at), key };
}
