import { promisify } from "node:util";
import { deflateRaw, inflateRawSync } from "node:zlib";
import type { SessionTrust } from "../../domain/facts.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { Clock, ProvenanceStore, WrittenMemory } from "../../domain/ports.ts";
import { isChosen } from "../../domain/session-key.ts";
import { storedBytes } from "./layout.ts";
import { SessionMemory } from "./session-memory.ts";
import { parseJson } from "../../lib/parse-json.ts";

const compress = promisify(deflateRaw);

/** A session without changes for so long is written as complete: a crash after that loses nothing of it. Milliseconds. */
const idleMs = 60_000;
/** The same session is written at most so often. */
const writeEveryMs = 2_000;
/** Sessions that are written at a time. */
const mostWritten = 128;

export interface SessionMemoriesDeps {
  readonly store: ProvenanceStore;
  /** Names this process, from its start to its end. */
  readonly writer: string;
  /** Of the key of the digests. */
  readonly keyCheck: number;
  /** Sessions in memory, a tenth of them of one principal. */
  readonly capacity: number;
  readonly clock: Clock;
}

/** The memory of one session in this process. */
export interface KeptMemory {
  readonly key: string;
  readonly memory: SessionMemory;
  /** As it was read, or written last. */
  version: number;
  /** The store says that this process has what it has not. */
  marked: boolean;
  marking: Promise<void> | null;
  unwritten: boolean;
  /** Milliseconds on the monotonic clock. */
  changedAt: number;
  writtenAt: number;
}

/**
 * The memories of sessions: in this process those that are used, in the store all of them. Changes are written some seconds
 * later, by `keep`. Before the first of them the store notes who has the memory: if that process ends without having written it,
 * whoever reads it next knows that something is lost, and the session has forgotten.
 */
export class SessionMemories {
  readonly #deps: SessionMemoriesDeps;
  readonly #vouched: FairShare<KeptMemory>;
  readonly #named: FairShare<KeptMemory>;
  readonly #loading = new Map<string, Promise<KeptMemory>>();
  /** Marked in the store as this process's own, by key, also when the process has no room for them any more. */
  readonly #open = new Map<string, KeptMemory>();
  readonly #dropped = new Set<KeptMemory>();
  #keeping: Promise<void> = Promise.resolve();

  constructor(deps: SessionMemoriesDeps) {
    this.#deps = deps;
    const { capacity, clock } = deps;
    const share = () =>
      new FairShare<KeptMemory>({
        capacity,
        perAsker: Math.ceil(capacity / 10),
        clock,
        full: "forget",
        dropped: (kept) => {
          if (this.#open.has(kept.key)) this.#dropped.add(kept);
        },
      });
    [this.#vouched, this.#named] = [share(), share()];
  }

  /** What `of` resolves with, where this process has it: a call need not wait for it. @param key see `sessionKey` */
  held(key: string): KeptMemory | null {
    return this.#vouched.use(key) ?? this.#named.use(key) ?? null;
  }

  /** The memory of a session in which something was met; null where nothing was, or this process has not got it. */
  begun(key: string): KeptMemory | null {
    const known = this.held(key) ?? this.#open.get(key);
    return known !== undefined && (known.version > 0 || this.#open.has(key)) ? known : null;
  }

  /** @param key see `sessionKey` */
  async of(key: string): Promise<KeptMemory> {
    const known = this.held(key);
    if (known !== null) return known;
    const open = this.#open.get(key);
    if (open !== undefined) return this.#hold(open);
    const loading = this.#loading.get(key) ?? this.#load(key).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  /** The memory has changed. The store knows that this process has it when it resolves; null: it knows already. */
  changed(kept: KeptMemory): Promise<void> | null {
    kept.changedAt = this.#deps.clock.monotonic();
    kept.unwritten = true;
    this.#open.set(kept.key, kept);
    return kept.marked ? null : this.#marked(kept);
  }

  async #marked(kept: KeptMemory): Promise<void> {
    while (!kept.marked) {
      kept.marking ??= this.#claim(kept).finally(() => (kept.marking = null));
      await kept.marking;
    }
  }

  /** Writes what has changed. @param all whatever has not been written yet, as complete: nothing changes afterwards */
  keep(all = false): Promise<void> {
    const kept = this.#keeping.then(() => this.#keep(all));
    this.#keeping = kept.catch(() => undefined);
    return kept;
  }

  #hold(kept: KeptMemory): KeptMemory {
    const [issuer, id, trust = "none"] = parseJson(kept.key) as readonly [string, string, SessionTrust?];
    const share = isChosen(trust) ? this.#named : this.#vouched;
    share.set(JSON.stringify([issuer, id]), kept.key, kept);
    this.#dropped.delete(kept);
    return kept;
  }

  async #load(key: string): Promise<KeptMemory> {
    const { store, writer, keyCheck } = this.#deps;
    const [stored = null] = await store.read([key]);
    const packed = stored?.memory ?? null;
    const restored = packed === null ? null : restoredFrom(packed, keyCheck);
    const memory = restored ?? SessionMemory.empty(keyCheck);
    // Something was there, or another process has what it did not write.
    if (stored !== null && (restored === null || (stored.writer !== null && stored.writer !== writer))) memory.forget();
    return this.#hold(keptMemory(key, memory, stored?.version ?? 0));
  }

  async #claim(kept: KeptMemory): Promise<void> {
    // A write as complete that is under way comes first.
    await this.#keeping;
    if (kept.marked) return;
    const { store, writer, clock } = this.#deps;
    const [isOwn] = await store.claim([{ key: kept.key, version: kept.version }], writer, clock.now());
    if (isOwn !== true) kept.memory.forget();
    kept.marked = true;
  }

  async #keep(all: boolean): Promise<void> {
    for (;;) {
      const due = [...this.#due(all)];
      if (due.length > 0) await this.#write(due, all);
      if (due.length < mostWritten) return;
    }
  }

  *#due(all: boolean): Iterable<KeptMemory> {
    const now = this.#deps.clock.monotonic();
    let count = 0;
    for (const kept of this.#open.values()) {
      if (!kept.marked || count === mostWritten) continue;
      const changed = kept.unwritten && now - kept.writtenAt >= writeEveryMs;
      if (!all && !changed && !this.#isComplete(kept, now)) continue;
      count += 1;
      yield kept;
    }
  }

  #isComplete(kept: KeptMemory, now: number): boolean {
    return this.#dropped.has(kept) || now - kept.changedAt >= idleMs;
  }

  async #write(due: readonly KeptMemory[], all: boolean): Promise<void> {
    const { store, clock, writer } = this.#deps;
    const now = clock.monotonic();
    const complete = new Set(due.filter((kept) => all || this.#isComplete(kept, now)));
    const blocks = due.map(({ memory }) => memory.stored);
    for (const kept of due) {
      kept.unwritten = false;
      // What changes from here on is marked anew, after this write.
      if (complete.has(kept)) kept.marked = false;
    }
    try {
      const packed = await Promise.all(blocks.map((bytes) => compress(bytes, { level: 1 })));
      const written = due.map((kept, at): WrittenMemory => ({
        key: kept.key,
        memory: packed[at] as Uint8Array,
        complete: complete.has(kept),
      }));
      this.#wrote(due, complete, new Set(await store.write(written, writer, clock.now())));
    } catch (failure) {
      for (const kept of due) [kept.unwritten, kept.marked] = [true, true];
      throw failure;
    }
  }

  #wrote(due: readonly KeptMemory[], complete: ReadonlySet<KeptMemory>, foreign: ReadonlySet<string>): void {
    const now = this.#deps.clock.monotonic();
    for (const kept of due) {
      kept.writtenAt = now;
      kept.version += 1;
      // Another process has it now, with other changes: both have lost something.
      if (foreign.has(kept.key)) this.#drop(kept);
      else if (complete.has(kept) && !kept.unwritten) this.#close(kept);
    }
  }

  #close(kept: KeptMemory): void {
    this.#open.delete(kept.key);
    this.#dropped.delete(kept);
  }

  #drop(kept: KeptMemory): void {
    this.#close(kept);
    this.#vouched.delete(kept.key);
    this.#named.delete(kept.key);
  }
}

/** Written out: an object that is made of others takes more bytes. */
function keptMemory(key: string, memory: SessionMemory, version: number): KeptMemory {
  return {
    key,
    memory,
    version,
    marked: false,
    marking: null,
    unwritten: false,
    changedAt: 0,
    writtenAt: Number.NEGATIVE_INFINITY,
  };
}

function restoredFrom(packed: Uint8Array, keyCheck: number): SessionMemory | null {
  try {
    return SessionMemory.restore(inflateRawSync(packed, { maxOutputLength: storedBytes }), keyCheck);
  } catch {
    return null;
  }
}
