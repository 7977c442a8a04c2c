import type { EvaluatedCall } from "../domain/exchange.ts";
import {
  forgottenLabel,
  type MadeBefore,
  ProvenanceOnDemand,
  type TracedValues,
  untrustedLabel,
} from "../domain/provenance.ts";
import type { Clock, LearntAnswer, ProvenanceLedger, ProvenanceQuestion, ProvenanceStore } from "../domain/ports.ts";
import type { SessionFact } from "../domain/facts.ts";
import { sessionKey } from "../domain/session-key.ts";
import { after, type Awaitable } from "../lib/awaitable.ts";
import { internJson } from "../lib/json.ts";
import { type KnownCall, Learner, type SentCall, unknownCall } from "./learn/learner.ts";
import type { LongAnswer } from "./learn/long-answers.ts";
import { MadeCalls } from "./learn/made-calls.ts";
import { isLong } from "./learn/pieces.ts";
import { type KeptMemory, SessionMemories } from "./memory/session-memories.ts";
import type { SessionMemory } from "./memory/session-memory.ts";
import { Digester, digestKey } from "./text/digest.ts";
import { KeptWords } from "./text/words/kept-words.ts";
import { Callers } from "./trace/caller.ts";
import { isAsked } from "./trace/asked.ts";
import { Things } from "./trace/things.ts";
import { Tracer } from "./trace/tracer.ts";

export interface ProvenanceOptions {
  readonly store: ProvenanceStore;
  /** The secret of the digests, at least 16 bytes. What was remembered with another one is forgotten. */
  readonly secret: Uint8Array;
  /** Names this process, from its start to its end. */
  readonly writer: string;
  /** Sessions in memory, of 16 KiB each and a tenth of them of one principal; the others are read from the store again. */
  readonly capacity: number;
  /** Memories that were not changed for so many milliseconds are dropped from the store. */
  readonly keepMs: number;
  /** For so many more, and as long as it has labels, the session counts as one that has forgotten; after that nothing of it is known. */
  readonly forgottenMs: number;
  readonly clock: Clock;
}

/** The ledger, and what has to be done for it in the background. */
export interface Provenance extends ProvenanceLedger {
  /** Writes what has changed, some seconds at most after it did. @throws when the store cannot be written; nothing is lost then */
  keep(): Promise<void>;
  /** Writes all of it, for the last time. */
  close(): Promise<void>;
}

/** Label of a session that has read something private. */
const privateLabel = "read:private";

/** What works with one key. All of it reads one text after another, never two at a time. */
interface Parts {
  readonly made: MadeCalls;
  readonly things: Things;
  readonly memories: SessionMemories;
  readonly callers: Callers;
  readonly tracer: Tracer;
  readonly learner: Learner;
}

/**
 * Where the values of a session's calls come from. Every value of the arguments, and every value that comes back, is remembered by
 * its keyed digest; the gateway knows, and policy judges.
 */
export function provenanceLedger(options: ProvenanceOptions): Provenance {
  const opened = open(options);
  const shed = shedding(options);
  return {
    load: (subject, session) => loaded(opened, sessionKey(subject, session)),
    trace(question) {
      const key = sessionKey(question.subject, question.session);
      return after(opened.memories.held(key) ?? opened.memories.of(key), ({ memory }) => {
        noteBefore(memory, question.session);
        return new TracedCall(opened, memory, key, question);
      });
    },
    sent(evaluated, now) {
      const key = keyOf(evaluated);
      return after(opened.memories.held(key) ?? opened.memories.of(key), (kept) =>
        rememberSentCall(opened, kept, evaluated, now),
      );
    },
    notSent: (evaluated) => rememberUnsentCall(opened, evaluated),
    learn(evaluated, answer, now) {
      const { known, argumentKeys } = tracedCall(evaluated) ?? notTraced;
      const learning = { evaluated, answer, now, known, argumentKeys };
      const held = opened.memories.held(keyOf(evaluated));
      // Of a stream these are thousands: none of them waits without a reason.
      if (held !== null && !isLong(answer.content)) return learnt(opened, held, learning, null);
      return opened.learner.reading(evaluated, known, answer, async (long) => {
        // After the turns in which it was read: what this process has of the session may be another object by then.
        const kept = opened.memories.held(keyOf(evaluated)) ?? (await opened.memories.of(keyOf(evaluated)));
        return learnt(opened, kept, learning, long);
      });
    },
    async keep() {
      await opened.memories.keep();
      await shed();
    },
    close: () => opened.memories.keep(true),
  };
}

/** @returns a promise where something has to be written first */
function rememberSentCall(
  { memories, learner }: Parts,
  kept: KeptMemory,
  evaluated: EvaluatedCall,
  now: number,
): Awaitable<void> {
  noteBefore(kept.memory, evaluated.facts.session);
  const traced = tracedCall(evaluated);
  const known = learner.known(kept.memory, traced?.question);
  const argumentKeys = learner.rememberSent(kept.memory, evaluated, known, now);
  if (traced !== null) [traced.known, traced.argumentKeys] = [known, argumentKeys];
  return memories.changed(kept) ?? undefined;
}

function loaded({ memories }: Parts, key: string): Promise<unknown> | null {
  return memories.held(key) === null ? memories.of(key) : null;
}

/**
 * In a session of which something is kept. In any other nothing has come back that could have named what the call says; and whoever is
 * entitled to nothing would have a memory kept for each session that it makes up.
 */
async function rememberUnsentCall({ memories, learner }: Parts, evaluated: EvaluatedCall): Promise<void> {
  const kept = memories.begun(keyOf(evaluated));
  if (kept === null) return;
  if (learner.rememberUnsent(kept.memory, evaluated)) await memories.changed(kept);
}

/**
 * The fact of a call, with what was asked about the call, and what its session knew of it when it was sent. They go with the fact: a map of
 * all calls under way would be looked through at each collection of garbage.
 */
class TracedCall extends ProvenanceOnDemand {
  readonly question: ProvenanceQuestion;
  /** Of its session. */
  readonly key: string;
  known: KnownCall = unknownCall;
  /** Keys of its arguments, once it was sent. */
  argumentKeys: readonly number[] | null = null;
  readonly #parts: Parts;
  readonly #memory: SessionMemory;

  constructor(parts: Parts, memory: SessionMemory, key: string, question: ProvenanceQuestion) {
    super();
    this.key = key;
    this.question = question;
    this.#parts = parts;
    this.#memory = memory;
  }

  protected trace(): TracedValues {
    return traceIn(this.#parts, this.#memory, this.question);
  }

  protected madeBefore(): MadeBefore {
    return this.#parts.made.before(this.#memory, this.question.call, this.question.catalog);
  }
}

function tracedCall({ facts: { provenance } }: EvaluatedCall): TracedCall | null {
  return provenance instanceof TracedCall ? provenance : null;
}

const notTraced: SentCall = { known: unknownCall, argumentKeys: null };

interface Learning extends SentCall {
  readonly evaluated: EvaluatedCall;
  readonly answer: LearntAnswer;
  readonly now: number;
}

function learnt(
  { learner, memories }: Parts,
  kept: KeptMemory,
  learning: Learning,
  long: LongAnswer | null,
): readonly string[] | Promise<readonly string[]> {
  const { evaluated, answer, now } = learning;
  noteBefore(kept.memory, evaluated.facts.session);
  const isTainted = learner.learn(kept.memory, evaluated, learning, answer, now, long);
  const changed = memories.changed(kept);
  return changed === null
    ? labelsAfter(answer, isTainted, kept.memory.forgotten)
    : changed.then(() => labelsAfter(answer, isTainted, kept.memory.forgotten));
}

function labelsAfter({ catalog }: LearntAnswer, isTainted: boolean, isForgotten: boolean): readonly string[] {
  return [
    ...(isTainted ? [untrustedLabel] : []),
    ...(catalog.returns?.labels.includes("private") === true ? [privateLabel] : []),
    ...(isForgotten ? [forgottenLabel] : []),
  ];
}

const shedEveryMs = 3_600_000;

/** Drops old memories, and what is known of sessions without one, once an hour. */
function shedding({ store, keepMs, forgottenMs, clock }: ProvenanceOptions): () => Promise<void> {
  let last = clock.monotonic();
  return async function shed() {
    if (clock.monotonic() - last < shedEveryMs) return;
    last = clock.monotonic();
    try {
      await store.shed(clock.now() - keepMs);
    } finally {
      await store.drop(clock.now() - keepMs - forgottenMs);
    }
  };
}

function open({ store, secret, writer, capacity, clock }: ProvenanceOptions): Parts {
  const key = digestKey(secret);
  const digester = new Digester(key);
  const [callers, made, things] = [new Callers(digester), new MadeCalls(digester), new Things(digester)];
  const kept = new KeptWords();
  return {
    memories: new SessionMemories({ store, writer, keyCheck: key.check, capacity, clock }),
    callers,
    made,
    things,
    tracer: new Tracer(digester, kept),
    learner: new Learner({ digester, callers, made, things, kept }),
  };
}

/** The one text of the key that the call was traced with: a new one would be made, hashed and compared at each step of the call. */
function keyOf(evaluated: EvaluatedCall): string {
  const { subject, facts } = evaluated;
  const traced = tracedCall(evaluated);
  const isSame = traced !== null && traced.question.subject === subject && traced.question.session === facts.session;
  return isSame ? traced.key : sessionKey(subject, facts.session);
}

const noValues: TracedValues["provenance"] = internJson([]);
const noSecrets: TracedValues["secrets"] = internJson([]);
const noCopies: TracedValues["copied"] = internJson([]);

function traceIn(parts: Parts, memory: SessionMemory, question: ProvenanceQuestion): TracedValues {
  const { tracer, callers } = parts;
  const { call, subject, catalog, site, taskTexts, now } = question;
  const caller = callers.of(subject, taskTexts);
  const traced = tracer.trace({
    memory,
    site,
    catalog,
    now,
    caller,
    goesTo: parts.things.named(call.arguments, catalog),
    arguments: call.arguments,
    argumentsOmitted: call.argumentsOmitted,
  });
  return {
    provenance: traced.provenance.length === 0 ? noValues : traced.provenance,
    secrets: traced.secrets.length === 0 ? noSecrets : traced.secrets,
    copied: traced.copied.length === 0 ? noCopies : traced.copied,
    completes: completes(memory, catalog.confirms, call.route.server),
    asked: isAsked(caller.tasks, catalog.asked_by),
  };
}

/** Whether a call of one of these tools, of the same server unless they name another, was let through. */
function completes(memory: SessionMemory, confirms: readonly string[], server: string): boolean | null {
  if (confirms.length === 0) return null;
  return confirms.some((tool) => memory.events.wasSent(tool.includes("/") ? tool : `${server}/${tool}`));
}

/**
 * A session that its caller has named, or that is a connection or a trace, has the caller's labels from its first call on. What they came
 * from is in the memory of another session, so this one has forgotten it.
 */
function noteBefore(memory: SessionMemory, { trust, labels }: Pick<SessionFact, "trust" | "labels">): void {
  if (trust === "token" || trust === "none" || memory.events.current !== 0) return;
  if (labels.includes(untrustedLabel) || labels.includes(privateLabel)) memory.forget();
}
