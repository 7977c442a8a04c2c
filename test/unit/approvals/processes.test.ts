/** Two gateway processes on one store: what one does, the other sees, and a dead one's releases are reported once. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { policyChanges } from "../../../gateway/approvals/policy-changes.ts";
import { approvalService } from "../../../gateway/approvals/service.ts";
import type { ApprovalsDeps } from "../../../gateway/approvals/transition.ts";
import { reportInterrupted, startExpiry } from "../../../gateway/approvals/expiry.ts";
import type { ApprovedChange, PolicyChange } from "../../../gateway/domain/ports.ts";
import { Background } from "../../../gateway/compose/background.ts";
import { quiet } from "../../support/quiet.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { lockFolder, processStore } from "../../../gateway/store/processes.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { TestClock, testIds } from "../../support/builders.ts";

let dir: string;
const stops: (() => Promise<void>)[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "processes-"));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  rmSync(dir, { recursive: true });
});

const clock = new TestClock();
const ids = testIds();

async function process(name: string) {
  const made = testApprovals({
    connection: new Connection(openDatabase(join(dir, "store.db"))),
    clock,
    ids,
    process: name,
  });
  stops.push(await startExpiry(made.approvals, new Background(quiet), () => {}));
  return made;
}

async function interruptedAt(approvals: ApprovalsDeps, own?: readonly string[]): Promise<string[]> {
  const told: string[] = [];
  await (
    await reportInterrupted(approvals, ({ id }) => told.push(id), own)
  )();
  return told;
}

test("wakes a caller that waits at one process when people decide at the other", async () => {
  const [here, there] = [await process("p_1"), await process("p_2")];
  const item = await here.holds.open(holdRequest());
  const waiting = here.holds.settled(item.id, 60_000, new AbortController().signal);
  await there.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
  expect((await waiting).state).toBe("approved");
});

test("lets one of two processes consume an approval, and one of two use the last of a grant", async () => {
  const [here, there] = [await process("p_1"), await process("p_2")];
  const item = await here.holds.open(holdRequest());
  await there.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
  expect([await here.holds.consume(item.id), await there.holds.consume(item.id)]).toEqual([true, false]);
});

test("an approval of a change of the policy that one process has used serves the other one too, which is told of it", async () => {
  const [here, there] = [await process("p_1"), await process("p_2")];
  const role = approver.roles[0] ?? "";
  const required = { role, count: 1, when: "always", withinMs: 3_600_000 } as const;
  const changes = (instance: string, { store, holds, service }: Awaited<ReturnType<typeof process>>) =>
    policyChanges({ required, instance, store, holds, service, clock, ids });
  const [one, other] = [changes("gw-1", here), changes("gw-2", there)];
  const change: PolicyChange = {
    revision: "r2",
    digest: "sha256:2",
    impact: null,
    before: { revision: "r1", digest: "sha256:1" },
  };
  const notHere = () => false;
  const served = new Promise<ApprovedChange>((resolve) => {
    stops.push(async () => stop());
    const stop = other.watch(
      () => void other.approved(change, notHere).then((approved) => approved !== null && resolve(approved)),
    );
  });
  const { id } = await one.ask(change, { account: "id-olga", name: "olga", also: [] }, null);
  const { action_digest } = (await here.store.get(id))!;
  await here.service.vote(id, action_digest, approver, { vote: "approve", reason: null });
  expect(await one.approved(change, notHere)).toMatchObject({ approval: id });
  expect(await served).toMatchObject({ approval: id, by: "olga" });
});

test("takes nothing from a process that is alive, and reports what a dead one left once", async () => {
  const [here, there] = [await process("p_1"), await process("p_2")];
  const item = await here.holds.open(holdRequest());
  await here.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
  await here.holds.consume(item.id);
  expect(await interruptedAt(there.approvals)).toEqual([]);
  await stops.shift()?.();
  expect(await interruptedAt(there.approvals)).toEqual([item.id]);
  expect((await there.holds.get(item.id))?.state).toBe("unknown");
  expect(await interruptedAt(there.approvals)).toEqual([]);
});

test("a process that was taken for dead corrects what was said of its call when it lives again, and nothing runs twice", async () => {
  const [here, there] = [await process("p_1"), await process("p_2")];
  const item = await here.holds.open(holdRequest());
  await here.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
  await here.holds.consume(item.id);
  await stops.shift()?.();
  expect(await interruptedAt(there.approvals)).toEqual([item.id]);
  const told: string[] = [];
  here.events.watch(({ state }, from) => void told.push(`${from} ${state}`));
  await here.holds.finish(item.id, "delivered", "status 200", { revision: "r1", decisionId: "d_2" });
  expect(await there.holds.get(item.id)).toMatchObject({ state: "delivered", outcome: "status 200" });
  // What was signed stays; the last receipt counts.
  const receipts = (await there.kept.of(item.id)).map(({ jws }) => (JSON.parse(jws) as { state: string }).state);
  expect([told, receipts]).toEqual([["unknown delivered"], ["approved", "unknown", "delivered"]]);
  await here.holds.finish(item.id, "failed", "a second end", { revision: "r1", decisionId: "d_2" });
  expect([(await there.holds.get(item.id))?.state, await there.holds.consume(item.id)]).toEqual(["delivered", false]);
});

test("an unknown end that the releasing process has told itself is corrected by nothing", async () => {
  const here = await process("p_1");
  const item = await here.holds.open(holdRequest());
  await here.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
  await here.holds.consume(item.id);
  for (const state of ["unknown", "delivered"] as const) await here.holds.finish(item.id, state, "client_gone");
  expect(await here.holds.get(item.id)).toMatchObject({ state: "unknown", outcome: "client_gone" });
});

test("knows after its own restart what it released in its earlier life", async () => {
  const before = await process("p_1");
  const item = await before.holds.open(holdRequest());
  await before.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
  await before.holds.consume(item.id);
  const after = await process("p_1");
  expect(await interruptedAt(after.approvals, [])).toEqual([item.id]);
});

test("lets one gateway into a data folder, names the folder to the other, and keeps the folder's id", () => {
  const first = lockFolder(dir, () => "p_first");
  expect(() => lockFolder(dir, () => "p_second")).toThrow(`another gateway is using the data folder ${dir}`);
  first.release();
  const again = lockFolder(dir, () => "p_third");
  expect(again.id).toBe("p_first");
  again.release();
});

test("tells nobody of a vote that could not be kept", async () => {
  const here = await process("p_1");
  const item = await here.holds.open(holdRequest());
  const told: string[] = [];
  here.events.watch(({ state }) => void told.push(state));
  const broken = { ...here.approvals, receipts: { issue: () => fail() } };
  const fail = (): never => {
    throw new Error("the disk is full");
  };
  const service = approvalService({ ...broken, minReviewTimeMs: 0 });
  await expect(service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null })).rejects.toThrow(
    "full",
  );
  expect([told, (await here.holds.get(item.id))?.state, (await here.holds.get(item.id))?.votes]).toEqual([
    [],
    "held",
    [],
  ]);
  await here.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
  expect(told).toEqual(["approved"]);
});

test("takes a process for dead that was last heard of by a clock which was ahead", async () => {
  const store = processStore(new Connection(openDatabase(join(dir, "ahead.db"))));
  await store.beat("p-ahead", clock.now() + 365 * 86_400_000);
  await store.beat("p-now", clock.now());
  expect(await store.alive(clock.now(), 15_000)).toEqual(["p-now"]);
});
