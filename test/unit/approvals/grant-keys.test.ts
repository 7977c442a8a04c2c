/** Idempotency-Keys of calls that a grant covers: one key, one payload, one use, as long as the grant lives. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startExpiry } from "../../../gateway/approvals/expiry.ts";
import { Background } from "../../../gateway/compose/background.ts";
import { quiet } from "../../support/quiet.ts";
import type { GrantScope } from "../../../gateway/domain/decision.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { approvalFact } from "../../../gateway/gather/approval-fact.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { binding, requirement, subject, TestClock, testIds, toolCall } from "../../support/builders.ts";

const wide: GrantScope = { kind: "uses", uses: 4, seconds: 60, same: ["/order_id"] };
const other = binding(toolCall({ arguments: { amount: 121, order_id: "881" } }));

let dir: string;
let clock: TestClock;
const stops: (() => Promise<void>)[] = [];
beforeEach(() => {
  clock = new TestClock();
  dir = mkdtempSync(join(tmpdir(), "grant-keys-"));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  rmSync(dir, { recursive: true });
});

const ids = testIds();

async function process(name: string) {
  const made = testApprovals({
    connection: new Connection(openDatabase(join(dir, "store.db"))),
    clock,
    ids,
    process: name,
  });
  const stop = await startExpiry(made.approvals, new Background(quiet), () => {});
  stops.push(stop);
  const send = (key: string | null, bound = binding()) => tried(() => use(made, key, bound));
  return { ...made, stop, send };
}

type Process = Pick<ReturnType<typeof testApprovals>, "holds">;

/** As a request goes: looked at first, then used. */
async function use({ holds }: Process, key: string | null, bound = binding()): Promise<string> {
  const conditions = { labels: [], risk: null, revision: "r1", thresholds: [] };
  const asked = {
    subject: subject(),
    binding: () => bound,
    conditions,
    resumed: null,
    idempotencyKey: key,
    hasResult: () => false,
  };
  const { id, grant } = (await approvalFact(holds, asked, clock.now())).approval;
  if (id === null || grant === null) return "not covered";
  return (await holds.consume(id, key === null ? null : { binding: bound, key })) ? "sent" : "no use left";
}

async function tried(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
}

/** A process with a permission for three more calls. */
async function granted() {
  const here = await process("p_1");
  const item = await here.holds.open(holdRequest({ requirement: { ...requirement, scope: wide } }));
  await here.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null, grant: wide });
  await here.holds.consume(item.id);
  await here.holds.finish(item.id, "delivered", "status 200");
  return { ...here, end: (key: string) => here.holds.endKey({ binding: binding(), key }) };
}

const usesLeft = async ({ grantService }: Awaited<ReturnType<typeof granted>>) =>
  (await grantService.list({ live: false, limit: 1 }))[0]?.uses_left;

test("a retry finds the call under way, then executed, and takes no other use", async () => {
  const here = await granted();
  expect([await here.send("k"), await here.send("k")]).toEqual(["sent", "idempotency_busy"]);
  await here.end("k");
  expect([await here.send("k"), await here.send("k", other), await usesLeft(here)]).toEqual([
    "approval_consumed",
    "idempotency_reused",
    2,
  ]);
});

test("another payload under the key is refused also while the first is under way, and runs under its own", async () => {
  const here = await granted();
  expect([await here.send("k"), await here.send("k", other), await here.send("l", other)]).toEqual([
    "sent",
    "idempotency_reused",
    "sent",
  ]);
});

test("a try that was looked at before the other took the key sends nothing and takes no use", async () => {
  const here = await granted();
  const [grant] = await here.grantService.list({ live: true, limit: 1 });
  const consume = (bound = binding()) =>
    tried(async () => String(await here.holds.consume(grant?.id ?? "", { binding: bound, key: "k" })));
  expect([await consume(), await consume(), await consume(other), await usesLeft(here)]).toEqual([
    "true",
    "idempotency_busy",
    "idempotency_reused",
    2,
  ]);
});

test("a key that came when no use was left is free for the next permission", async () => {
  const here = await granted();
  expect([await here.send(null), await here.send(null), await here.send(null), await here.send("k")]).toEqual([
    "sent",
    "sent",
    "sent",
    "not covered",
  ]);
  const grant = (await here.grantService.list({ live: false, limit: 1 }))[0]?.id ?? "";
  const keyed = { binding: binding(), key: "k" };
  expect(await tried(async () => String(await here.holds.consume(grant, keyed)))).toBe("approval_consumed");
  expect(await here.holds.keyUse(keyed)).toBeNull();
});

test("a key is known to every process, after the permission is taken back too, and until its time is up", async () => {
  const here = await granted();
  const there = await process("p_2");
  await here.send("k");
  expect(await there.send("k")).toBe("idempotency_busy");
  await here.end("k");
  const [grant] = await here.grantService.list({ live: true, limit: 1 });
  await here.grantService.revoke(grant?.id ?? "", "carol", null);
  expect([await there.send("k"), await there.send("l")]).toEqual(["approval_consumed", "not covered"]);
  clock.advance(60_000);
  expect(await there.send("k")).toBe("not covered");
});

test("what a process began that is gone, or was started again, is not under way any more", async () => {
  const here = await granted();
  const there = await process("p_2");
  await here.send("k");
  expect(await there.send("k")).toBe("idempotency_busy");
  await here.stop();
  expect(await there.send("k")).toBe("approval_consumed");
  await there.send("l");
  expect(await (await process("p_2")).send("l")).toBe("approval_consumed");
});

test("keys of permissions that are over are not kept", async () => {
  const here = await granted();
  await here.send("k");
  clock.advance(60_000);
  const name = { issuer: "i", subject: "s", route: "r", key: "k" };
  await here.approvals.keys.take(name, { requestDigest: "d", owner: "p_1", expiresAt: clock.now() + 1 }, clock.now());
  await here.approvals.keys.purge(clock.now());
  const rows = openDatabase(join(dir, "store.db")).prepare("SELECT key, issuer FROM grant_keys").all();
  expect(rows).toMatchObject([{ key: "k", issuer: "i" }]);
});
