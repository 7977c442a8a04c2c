import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApprovalEndings, startExpiry } from "../../../gateway/approvals/expiry.ts";
import { Background } from "../../../gateway/compose/background.ts";
import { revocations } from "../../../gateway/gather/revocations.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { type Database, openDatabase, unsynced } from "../../../gateway/store/database.ts";
import { processStore } from "../../../gateway/store/processes.ts";
import { revocationStore } from "../../../gateway/store/call-state.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { TestClock, testIds } from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";
import { quiet } from "../../support/quiet.ts";
import { noJournal, noOthers, revocable, testEndings } from "../../support/endings.ts";

let dir: string;
let database: Database;
let connection: Connection;
let other: Database;
let background: Background;
const clock = new TestClock();
const stops: (() => Promise<void>)[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "store-"));
  database = openDatabase(join(dir, "store.db"));
  other = openDatabase(join(dir, "store.db"));
  connection = new Connection(database);
  background = new Background(quiet, (work) => connection.briefly(work));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  other.close();
  database.close();
  rmSync(dir, { recursive: true });
});

const waitOfCalls = () => connection.run(() => pragma("busy_timeout"));
const pragma = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];

/** Two ways in which a store takes nothing, and how each is over. */
const faults: readonly [what: string, begin: () => void, end: () => void, fix: RegExp][] = [
  ["is locked", () => other.exec("BEGIN IMMEDIATE"), () => other.exec("COMMIT"), /another program holds a lock/],
  [
    "became read-only",
    () => database.exec("PRAGMA query_only = ON"),
    () => database.exec("PRAGMA query_only = OFF"),
    /make the store's file and folder writable/,
  ],
];

describe.each(faults)("a store that %s", (_what, begin, end, fix) => {
  it("makes the sweep a finding and not the end of the process, and is found writable again", async () => {
    const made = testApprovals({ connection, clock });
    const held = await made.holds.open(holdRequest());
    stops.push(await startExpiry(made.approvals, background, () => undefined));
    begin();
    clock.advance(held.approve_by - clock.now() + 1);
    const found = await eventually("the finding", () =>
      background.findings().some(({ name }) => name === "approvals-due") ? background.findings() : null,
    );
    expect(found).toContainEqual(expect.objectContaining({ severity: "unready", fix: expect.stringMatching(fix) }));
    end();
    await eventually("no finding", () => (background.findings().length === 0 ? true : null));
    expect((await made.approvals.store.get(held.id))?.state).toBe("expired");
  });

  it("ends access at once in memory, says that it is not durable, and writes it when it can", async () => {
    database.exec("PRAGMA busy_timeout = 10");
    const made = testApprovals({ connection, clock });
    const item = await made.holds.open(holdRequest());
    const store = revocationStore(connection);
    const { endings } = testEndings(made.approvals);
    const access = await revocations({
      store,
      clock,
      ids: testIds(),
      logger: quiet,
      endings,
      announcements: noOthers,
      journal: noJournal,
    });
    const call = revocable();
    begin();
    const ended = await access.revoke({
      kind: "gateway",
      issuer: null,
      target: null,
      reason: "incident",
      by: "carol",
      until: null,
    });
    expect(ended.durable).toBe(false);
    expect(access.against(call)?.id).toBe(ended.id);
    expect([ended]).toMatchObject(await access.list());
    await expect(access.keep()).rejects.toThrow();
    end();
    await access.keep();
    expect([{ ...ended, durable: true }]).toMatchObject(await access.list());
    expect((await revocationStore(new Connection(other)).list()).map(({ id }) => id)).toEqual([ended.id]);
    expect((await made.approvals.store.get(item.id))?.state).toBe("cancelled");
    await access.lift(ended.id, "carol");
    expect(access.against(call)).toBeNull();
  });

  it("keeps how an approved call ended until it can be written", async () => {
    database.exec("PRAGMA busy_timeout = 10");
    const made = testApprovals({ connection, clock });
    const item = await made.holds.open(holdRequest());
    await made.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
    expect(await made.holds.consume(item.id)).toBe(true);
    const endings = new ApprovalEndings(quiet);
    begin();
    await endings.write(() => made.holds.finish(item.id, "delivered", "status 200"));
    await expect(endings.retry()).rejects.toThrow();
    expect((await made.approvals.store.get(item.id))?.state).toBe("released");
    end();
    await endings.retry();
    expect((await made.approvals.store.get(item.id))?.state).toBe("delivered");
  });

  it("leaves every later write as durable as before", async () => {
    const processes = processStore(connection);
    begin();
    expect(await background.run(beatOf(async () => void (await processes.beat("p_1", 1))))).toBe(false);
    expect(background.findings()).toHaveLength(1);
    expect(pragma("synchronous")).toBe(2);
    end();
    expect(await background.run(beatOf(async () => void (await processes.beat("p_1", 2))))).toBe(true);
    expect(pragma("synchronous")).toBe(2);
    expect(await waitOfCalls()).toBe(5_000);
  });
});

const beatOf = (work: () => Promise<void> | void) => ({
  name: "store",
  failing: "no beat",
  severity: "unready" as const,
  work,
});

test("restores what makes writes durable whatever the write throws", () => {
  expect(() =>
    unsynced(database, () => {
      throw new Error("of another kind");
    }),
  ).toThrow("of another kind");
  expect(pragma("synchronous")).toBe(2);
});

test("does not let calls wait for a lock that is held on and on", async () => {
  const processes = processStore(connection);
  other.exec("BEGIN IMMEDIATE");
  await background.run(beatOf(async () => void (await processes.beat("p_1", 1))));
  expect(await waitOfCalls()).toBe(20);
  other.exec("COMMIT");
  await background.run(beatOf(async () => void (await processes.beat("p_1", 1))));
  expect(await waitOfCalls()).toBe(5_000);
});

test("says to make room when the disk is full", async () => {
  database.exec("CREATE TABLE filler (x TEXT); PRAGMA max_page_count = 1");
  const fill = database.prepare("INSERT INTO filler VALUES (?)");
  const work = (): void => {
    for (;;) fill.run("x".repeat(500));
  };
  expect(await background.run(beatOf(work))).toBe(false);
  expect(background.findings()).toEqual([
    expect.objectContaining({
      problem: expect.stringContaining("database or disk is full"),
      fix: expect.stringContaining("make room"),
    }),
  ]);
});
