import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Approval, quorumMet } from "../../../../gateway/domain/approval.ts";
import { Connection } from "../../../../gateway/store/connection.ts";
import { type Database, openDatabase } from "../../../../gateway/store/database.ts";
import { testApprovals } from "../../../support/approvals/test-approvals.ts";
import { TestClock, testIds } from "../../../support/builders.ts";
import { type Check, Failures, type Random } from "../../check.ts";
import {
  type OperationName,
  operations,
  perform,
  type Scene,
  scenes,
  setUp,
  type Stage,
  type TestOffice,
} from "./operations.ts";
import { type Gap, WatchedConnection } from "./watched-connection.ts";

const names = Object.keys(operations) as OperationName[];
const dies = "the process dies";

interface Pair {
  readonly scene: Scene;
  readonly one: OperationName;
  readonly other: OperationName | typeof dies;
}

class Died extends Error {
  override readonly name = "Died";
}

/**
 * Two processes on one store do something to the same call at once: each thing, with each other thing between any two of
 * its statements, or with the end of the process there. What comes of it is what could have come of one after the other,
 * and nothing is left half done.
 */
export const interleavings: Check = {
  name: "interleavings",
  full: 5_000,
  quick: 5_000,
  run: async ({ count, random, progress }) => {
    const dir = mkdtempSync(join(tmpdir(), "interleavings-"));
    const world = new World(join(dir, "store.db"));
    try {
      const failures = new Failures();
      const pairs = allPairs(random);
      let done = 0;
      let tried = 0;
      for (const pair of pairs) {
        if (done >= count) break;
        tried++;
        // One gap after the other, until the operation ends before it.
        for (let at = 0; await world.run(pair, at, failures); at++) progress(++done);
      }
      const figures = { pairs: tried, of: pairs.length };
      return { count: done, failures: failures.list(), figures };
    } finally {
      world.close();
      rmSync(dir, { recursive: true });
    }
  },
};

function allPairs(random: Random): Pair[] {
  const pairs = scenes.flatMap((scene) =>
    names.flatMap((one) => [...names, dies].map((other) => ({ scene, one, other }) as Pair)),
  );
  return pairs
    .map((pair) => ({ pair, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ pair }) => pair);
}

class World {
  readonly #clock = new TestClock();
  readonly #gap: Gap = { left: -1, dies: null, act: () => Promise.resolve() };
  readonly #databases: readonly [Database, Database];
  readonly #here: TestOffice;
  readonly #there: TestOffice;
  #agents = 0;

  constructor(file: string) {
    this.#databases = [openDatabase(file), openDatabase(file)];
    // No power is cut here.
    for (const database of this.#databases) database.exec("PRAGMA synchronous = OFF");
    const shared = { clock: this.#clock, ids: testIds(), perSubject: 5 };
    const [here, there] = this.#databases;
    this.#here = testApprovals({ ...shared, connection: new WatchedConnection(here, this.#gap), process: "p_1" });
    this.#there = testApprovals({ ...shared, connection: new Connection(there), process: "p_2" });
  }

  close(): void {
    for (const database of this.#databases) database.close();
  }

  /** @returns false when the operation was over before the gap */
  async run({ scene, one, other }: Pair, at: number, failures: Failures): Promise<boolean> {
    const stage = await setUp(this.#here, scene, `agent-${this.#agents++}`, this.#clock);
    const results: [OperationName, string | null][] = [];
    const what = `${scene}: ${other} before statement ${at} of ${one}`;
    const gap = this.#gap;
    gap.dies = other === dies ? () => new Died() : null;
    gap.act = async () => {
      if (other !== dies) results.push([other, await perform(other, this.#there, stage)]);
    };
    gap.left = at;
    try {
      results.push([one, await perform(one, this.#here, stage)]);
    } catch (thrown) {
      if (other !== dies) failures.add(`${what}: ${String(thrown)}`);
    }
    // With a process, its connection ends, and the transaction that it has open.
    if (other === dies && this.#databases[0].isTransaction) this.#databases[0].exec("ROLLBACK");
    const reached = gap.left < 0;
    gap.left = -1;
    if (reached)
      for (const problem of await this.#problems(scene, stage, results, other === dies))
        failures.add(`${what}: ${problem}`);
    // Some operations look at everything that is open.
    for (const table of ["approvals", "grants", "receipts"]) this.#databases[1].exec(`DELETE FROM ${table}`);
    return reached;
  }

  async #problems(
    scene: Scene,
    stage: Stage,
    results: readonly [OperationName, string | null][],
    died: boolean,
  ): Promise<string[]> {
    const items: Approval[] = [];
    for (const { id } of this.#databases[1].prepare("SELECT id FROM approvals WHERE subject = ?").all(stage.agent))
      items.push(...[(await this.#there.store.get(String(id))) ?? []].flat());
    const times = (name: OperationName): number =>
      results.filter(([of, result]) => of === name && result === "true").length;
    const problems: string[] = [];
    for (const item of items) for await (const problem of this.#wrongItem(item)) problems.push(problem);
    const open = items.filter(({ state }) => state === "held" || state === "approved");
    if (open.length > 1) problems.push(`${open.length} open items`);
    const released = items.filter(({ consumed_at }) => consumed_at !== null).length;
    const before = scene === "released" || scene === "granted" ? 1 : 0;
    // Who dies in the moment after the write has told nobody.
    const untold = died ? 1 : 0;
    const used = released - before - times("consume");
    if (used < 0 || used > untold) problems.push(`${released} items used, told ${times("consume")} times`);
    if (stage.grant !== null) {
      const left = (await this.#there.grants.get(stage.grant))?.uses_left ?? -1;
      const spent = 1 - left - times("use the grant");
      if (left < 0 || spent < 0 || spent > untold)
        problems.push(`${left} uses left, told ${times("use the grant")} times`);
    }
    return problems;
  }

  async *#wrongItem(item: Approval): AsyncGenerator<string> {
    const { state, votes, execute_by, consumed_at, requirement } = item;
    const denied = votes.some(({ vote }) => vote === "deny");
    const met = quorumMet(requirement.require, votes);
    if (state === "held" && (denied || met)) yield "it has its answer and still waits";
    if (state === "denied" && !denied) yield "nobody denied it";
    if (execute_by !== null && !met) yield "it is approved without its votes";
    if (denied && state !== "denied") yield `somebody denied it, and it is ${state}`;
    if (consumed_at !== null && execute_by === null) yield "it was used and never approved";
    const used = ["released", "delivered", "failed", "unknown"].includes(state);
    if (used !== (consumed_at !== null)) yield `it is ${state} and ${consumed_at === null ? "not " : ""}used`;
    const due = state === "held" ? 0 : state === "approved" || state === "released" || execute_by === null ? 1 : 2;
    const kept = (await this.#there.kept.of(item.id)).map(
      ({ jws }) => (JSON.parse(jws) as Pick<Approval, "state">).state,
    );
    // What the process knows that was taken for dead has a receipt of its own, and the last one counts.
    const isCorrected = kept.includes("unknown") && (state === "delivered" || state === "failed");
    if (kept.length !== due + (isCorrected ? 1 : 0)) yield `it is ${state} with ${kept.length} receipts`;
    if (kept.length > 0 && due > 0 && state !== "released" && kept.at(-1) !== state)
      yield `it is ${state}, and its last receipt says ${kept.at(-1)}`;
  }
}
