/** Idempotency-Keys of calls that a grant covers: one key, one payload, one use, as long as the grant lives. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startExpiry } from "../../../gateway/approvals/expiry.ts";
import { Background } from "../../../gateway/domain/background.ts";
import { quiet } from "../../support/quiet.ts";
import type { GrantScope } from "../../../gateway/domain/decision.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { approvalFact } from "../../../gateway/gather/approval.ts";
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

function process(name: string) {
  const made = testApprovals({ database: openDatabase(join(dir, "store.db")), clock, ids, process: name });
  const stop = startExpiry(made.approvals, new Background(quiet), () => {});
  stops.push(stop);
  const send = (key: string | null, bound = binding()) => tried(() => use(made, key, bound));
  return { ...made, stop, send };
}

type Process = Pick<ReturnType<typeof testApprovals>, "holds">;

/** As a request goes: looked at first, then used. */
function use({ holds }: Process, key: string | null, bound = binding()): string {
  const conditions = { labels: [], risk: null, revision: "r1" };
  const asked = {
    subject: subject(),
    binding: () => bound,
    conditions,
    resumed: null,
    idempotencyKey: key,
    isKept: () => false,
  };
  const { id, grant } = approvalFact(holds, asked, clock.now()).approval;
  if (id === null || grant === null) return "not covered";
  return holds.consume(id, key === null ? null : { binding: bound, key }) ? "sent" : "no use left";
}

function tried(work: () => string): string {
  try {
    return work();
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
}

/** A process with a permission for three more calls. */
function granted() {
  const here = process("p_1");
  const item = here.holds.open(holdRequest({ requirement: { ...requirement, scope: wide } }));
  here.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null, grant: wide });
  here.holds.consume(item.id);
  here.holds.finish(item.id, "delivered", "status 200");
  return { ...here, end: (key: string) => here.holds.endKey({ binding: binding(), key }) };
}

const usesLeft = ({ grantService }: ReturnType<typeof granted>) =>
  grantService.list({ live: false, limit: 1 })[0]?.uses_left;

test("a retry finds the call under way, then executed, and takes no other use", () => {
  const here = granted();
  expect([here.send("k"), here.send("k")]).toEqual(["sent", "idempotency_busy"]);
  here.end("k");
  expect([here.send("k"), here.send("k", other), usesLeft(here)]).toEqual([
    "approval_consumed",
    "idempotency_reused",
    2,
  ]);
});

test("another payload under the key is refused also while the first is under way, and runs under its own", () => {
  const here = granted();
  expect([here.send("k"), here.send("k", other), here.send("l", other)]).toEqual([
    "sent",
    "idempotency_reused",
    "sent",
  ]);
});

test("a try that was looked at before the other took the key sends nothing and takes no use", () => {
  const here = granted();
  const [grant] = here.grantService.list({ live: true, limit: 1 });
  const consume = (bound = binding()) =>
    tried(() => String(here.holds.consume(grant?.id ?? "", { binding: bound, key: "k" })));
  expect([consume(), consume(), consume(other), usesLeft(here)]).toEqual([
    "true",
    "idempotency_busy",
    "idempotency_reused",
    2,
  ]);
});

test("a key that came when no use was left is free for the next permission", () => {
  const here = granted();
  expect([here.send(null), here.send(null), here.send(null), here.send("k")]).toEqual([
    "sent",
    "sent",
    "sent",
    "not covered",
  ]);
  const grant = here.grantService.list({ live: false, limit: 1 })[0]?.id ?? "";
  const keyed = { binding: binding(), key: "k" };
  expect(tried(() => String(here.holds.consume(grant, keyed)))).toBe("approval_consumed");
  expect(here.holds.keyUse(keyed)).toBeNull();
});

test("a key is known to every process, after the permission is taken back too, and until its time is up", () => {
  const here = granted();
  const there = process("p_2");
  here.send("k");
  expect(there.send("k")).toBe("idempotency_busy");
  here.end("k");
  const [grant] = here.grantService.list({ live: true, limit: 1 });
  here.grantService.revoke(grant?.id ?? "", "carol", null);
  expect([there.send("k"), there.send("l")]).toEqual(["approval_consumed", "not covered"]);
  clock.advance(60_000);
  expect(there.send("k")).toBe("not covered");
});

test("what a process began that is gone, or was started again, is not under way any more", async () => {
  const here = granted();
  const there = process("p_2");
  here.send("k");
  expect(there.send("k")).toBe("idempotency_busy");
  await here.stop();
  expect(there.send("k")).toBe("approval_consumed");
  there.send("l");
  expect(process("p_2").send("l")).toBe("approval_consumed");
});

test("keys of permissions that are over are not kept", () => {
  const here = granted();
  here.send("k");
  clock.advance(60_000);
  const name = { issuer: "i", subject: "s", route: "r", key: "k" };
  here.approvals.keys.take(name, { requestDigest: "d", owner: "p_1", expiresAt: clock.now() + 1 }, clock.now());
  const rows = openDatabase(join(dir, "store.db")).prepare("SELECT key, issuer FROM grant_keys").all();
  expect(rows).toMatchObject([{ key: "k", issuer: "i" }]);
});
