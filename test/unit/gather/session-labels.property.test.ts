import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Subject } from "../../../gateway/domain/subject.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { type Database, openDatabase } from "../../../gateway/store/database.ts";
import { evaluated, facts, subject, TestClock, toolCall } from "../../support/builders.ts";
import { openCallState } from "../../support/test-definitions.ts";
import { testSessions } from "../../support/test-sessions.ts";

const windowMs = 160_000;
const times = { idleMs: 40_000, labelWindowMs: windowMs };
/** One session of each agent in memory, so that most calls make it forget one; or all of them. */
const capacities = [3, 100];

/** A way in which a call says whose session it is in. */
interface Naming {
  readonly agent: "a" | "b";
  readonly sid: "s1" | "s2" | null;
  readonly transport: "t1" | "t2" | null;
  readonly own: "s1" | "o1" | null;
  readonly trace: "c1" | "c2" | null;
}

const naming: fc.Arbitrary<Naming> = fc.record({
  agent: fc.constantFrom("a", "b"),
  sid: fc.constantFrom("s1", "s2", null),
  transport: fc.constantFrom("t1", "t2", null),
  own: fc.constantFrom("s1", "o1", null),
  trace: fc.constantFrom("c1", "c2", null),
});

type Step =
  | { readonly kind: "call" | "label"; readonly by: Naming; readonly gateway: 0 | 1; readonly label: string }
  | { readonly kind: "restart"; readonly gateway: 0 | 1 }
  | { readonly kind: "wait"; readonly ms: number };

const gateway = fc.constantFrom(0 as const, 1 as const);
const label = fc.constantFrom("read:private", "read:untrusted", "wrote");

/** Less than a label needs to be written again, longer than a session may be idle, and nearly as long as a window. */
const wait = fc.constantFrom(1, 4_000, 9_000, 45_000, 151_000, 156_000);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom("call", "label"), by: naming, gateway, label }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const), gateway }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: wait }) },
);

/** Two gateways on one store on disk, each of which may restart. */
class World {
  readonly clock = new TestClock();
  readonly #dir = mkdtempSync(join(tmpdir(), "labels-"));
  readonly #capacity: number;
  readonly #open: ReturnType<World["start"]>[];

  constructor(capacity = 100) {
    this.#capacity = capacity;
    this.#open = [this.start(), this.start()];
  }

  start() {
    const database: Database = openDatabase(join(this.#dir, "store.db"));
    const { sessions: store, read } = openCallState(new Connection(database));
    const ledger = testSessions({ store, read, clock: this.clock, capacity: this.#capacity, ...times });
    return { database, store, ledger };
  }

  ledger(at: 0 | 1) {
    return this.#open[at]!.ledger;
  }

  /** What the gateway removes by and by counts no more. */
  async restart(at: 0 | 1): Promise<void> {
    await this.#open[at]!.store.drop(this.clock.now() - windowMs * (1 + 1 / 16));
    this.#open[at]!.database.close();
    this.#open[at] = this.start();
  }

  close(): void {
    for (const { database } of this.#open) database.close();
    rmSync(this.#dir, { recursive: true });
  }
}

function callOf({ agent, sid, transport, own, trace }: Naming) {
  const mcp = { kind: "request", transportSession: transport } as ReturnType<typeof toolCall>["mcp"];
  const who = subject({ id: agent, session: sid });
  return { who, call: toolCall({ declaredSession: own, declaredTrace: trace, mcp: transport === null ? null : mcp }) };
}

/** Whose labels must count for a call: those of its session when a token names it, else all that its caller ever got. */
function holdersOf({ id, session }: Subject): { readonly read: string; readonly given: readonly string[] } {
  const own = session === null ? id : `${id} ${session}`;
  return { read: own, given: [id, own] };
}

test("no order of calls, names, restarts, waits and forgotten sessions takes a label away before its window ends", async () => {
  const run = async (capacity: number, steps: readonly Step[]): Promise<void> => {
    const world = new World(capacity);
    const model = new Map<string, Map<string, number>>();
    try {
      for (const one of steps) {
        if (one.kind === "wait") world.clock.advance(one.ms);
        else if (one.kind === "restart") await world.restart(one.gateway);
        else {
          const ledger = world.ledger(one.gateway);
          const { who, call } = callOf(one.by);
          const now = world.clock.now();
          const session = await ledger.fact(who, call, now);
          const must = [...(model.get(holdersOf(who).read) ?? [])].filter(([, last]) => now < last + windowMs);
          expect(session.labels).toEqual(expect.arrayContaining(must.map(([name]) => name)));
          const made = evaluated({ subject: who, call, facts: facts({ session }) });
          await ledger.observe(made, now).ended("forwarded");
          if (one.kind === "label") {
            await ledger.label(made, [one.label]);
            for (const holder of holdersOf(who).given)
              model.set(holder, (model.get(holder) ?? new Map<string, number>()).set(one.label, now));
          }
        }
        // What another process wrote is seen in the next turn.
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      world.close();
    }
  };
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...capacities), fc.array(step, { minLength: 10, maxLength: 60 }), run),
    { numRuns: 60 },
  );
});

test("a label ends when its window is over and no call has given it again", async () => {
  const world = new World();
  const { who, call } = callOf({ agent: "a", sid: null, transport: null, own: "o1", trace: null });
  const labels = async (at: 0 | 1 = 0) => (await world.ledger(at).fact(who, call, world.clock.now())).labels;
  const give = async () => {
    const session = await world.ledger(0).fact(who, call, world.clock.now());
    await world.ledger(0).label(evaluated({ subject: who, call, facts: facts({ session }) }), ["read:private"]);
  };
  await give();
  world.clock.advance(windowMs);
  expect([await labels(0), await labels(1)]).toEqual([["read:private"], ["read:private"]]);
  await give();
  world.clock.advance(windowMs);
  expect([await labels(0), await labels(1)]).toEqual([["read:private"], ["read:private"]]);
  world.clock.advance(windowMs / 16 + 1);
  expect([await labels(0), await labels(1)]).toEqual([[], []]);
  await world.restart(0);
  expect(await labels(0)).toEqual([]);
  world.close();
});
