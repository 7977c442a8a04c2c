import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sampleApproval } from "../../../support/console/sample-approvals.ts";
import { type RunningConsole, startConsole } from "../../../support/console/start-console.ts";
import { approve as approveVerb, deny } from "../../../../gateway/cli/approvals/vote.ts";
import { answering, expectExamples, inProcess, type Ran, type TypedIn } from "../run.ts";

let running: RunningConsole;
let cwd: string;
beforeAll(async () => {
  running = await startConsole({ service: { minReviewTimeMs: 300 } });
  cwd = mkdtempSync(join(tmpdir(), "sallyport-cli-"));
  writeFileSync(join(cwd, "password"), `${running.password}\n`);
});
afterAll(async () => {
  await running.close();
  rmSync(cwd, { recursive: true });
});

function approve(terminal: TypedIn | undefined, id: string, ...args: string[]): Promise<Ran> {
  const file = join(cwd, "password");
  const as = ["--console", running.url, "--user", running.user, "--password-file", file];
  return inProcess(["approvals", "approve", id, ...args, ...as], terminal);
}

async function hold(id: string): Promise<string> {
  await running.service.add(sampleApproval({ id, created: Date.now() }));
  return (await running.service.get(id))?.action_digest ?? "";
}

const votesOn = async (id: string) => (await running.service.get(id))?.votes;

function asApprover(...args: string[]): Promise<Ran> {
  const file = join(cwd, "password");
  return inProcess([...args, "--console", running.url, "--user", running.user, "--password-file", file]);
}

test("shows the whole call and asks before it votes", async () => {
  const digest = await hold("a_asked");
  const votesWhenAsked: Promise<unknown>[] = [];
  const done = await approve(
    answering("yes\n", () => void votesWhenAsked.push(votesOn("a_asked"))),
    "a_asked",
  );
  expect(await Promise.all(votesWhenAsked)).toEqual([[]]);
  expect(done).toMatchObject({ code: 0, stdout: "Approved; the call may now run, once and exactly as shown.\n" });
  expect(done.stderr).toContain(digest);
  expect(done.stderr).toMatch(/"order_id": "881"[\s\S]*Approve exactly this call\?/);
  expect(await votesOn("a_asked")).toMatchObject([{ vote: "approve", seen_ms: expect.any(Number) }]);
  expect((await votesOn("a_asked"))?.[0]?.seen_ms).toBeGreaterThanOrEqual(300);
});

test.each([
  ["no", "no\n"],
  ["nothing", "\n"],
  ["the end of the input", ""],
  ["something else", "yes please\n"],
])("votes on nothing when the answer is %s", async (what, typed) => {
  const id = `a_${what.replaceAll(" ", "_")}`;
  await hold(id);
  const done = await approve(answering(typed), id);
  expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining("Not approved. Nothing was decided.") });
  expect(await votesOn(id)).toEqual([]);
});

test("refuses without a terminal, unless --yes and the digest say which call was read", async () => {
  const digest = await hold("a_script");
  const needs = { code: 2, stderr: expect.stringContaining("--yes --digest") };
  expect(await approve(undefined, "a_script")).toMatchObject(needs);
  expect(await approve(undefined, "a_script", "--digest", digest)).toMatchObject(needs);
  const blind = await approve(undefined, "a_script", "--yes", "--json");
  expect(JSON.parse(blind.stdout)).toMatchObject({ ok: false, error: { code: "approval_unconfirmed" } });
  expect(await approve(answering("yes\n"), "a_script", "--yes")).toMatchObject({ code: 2 });
  expect(await votesOn("a_script")).toEqual([]);
  expect(await approve(undefined, "a_script", "--yes", "--digest", digest)).toMatchObject({ code: 0 });
  expect(await votesOn("a_script")).toHaveLength(1);
});

test("asks nothing about a call that this person cannot approve", async () => {
  await hold("a_decided");
  const item = await running.service.get("a_decided");
  const dana = { id: "dana", name: "dana", roles: ["payments-approver"], teams: [], also: [] };
  const by = { ...dana, method: "password" as const, evidence: null };
  await running.service.vote("a_decided", item?.action_digest ?? "", by, { vote: "deny", reason: "no" });
  const done = await approve(answering("yes\n"), "a_decided");
  expect(done).toMatchObject({ code: 1, stderr: expect.not.stringContaining("Approve exactly this call") });
});

test("shows the whole call, and approves exactly it", async () => {
  await hold("a_ok");
  const shown = await asApprover("approvals", "show", "a_ok", "--json");
  const { action_digest: digest } = JSON.parse(shown.stdout) as { action_digest: string };
  const done = await asApprover(
    "approvals",
    "approve",
    "a_ok",
    "--yes",
    "--digest",
    digest,
    "--reason",
    "order checked",
  );
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout).toContain(digest);
  expect(done.stdout).toContain('"order_id": "881"');
  expect(done.stdout).toContain("Approved; the call may now run, once and exactly as shown.");
  expect(await running.service.get("a_ok")).toMatchObject({
    state: "approved",
    votes: [{ approver: "approver", vote: "approve", reason: "order checked" }],
  });
});

test("decides nothing when the digest is another call's", async () => {
  await hold("a_other");
  const done = await asApprover("approvals", "approve", "a_other", "--yes", "--digest", "sha256:00", "--json");
  expect(done.code).toBe(1);
  expect(JSON.parse(done.stdout)).toMatchObject({ ok: false, error: { code: "approval_mismatch" } });
  expect(await running.service.get("a_other")).toMatchObject({ state: "held", votes: [] });
});

test("denies with a reason, and refuses to deny without one", async () => {
  await hold("a_denied");
  const silent = await asApprover("approvals", "deny", "a_denied");
  expect(silent.code).toBe(2);
  expect(silent.stderr).toContain("--reason <text>' not specified");
  expect((await asApprover("approvals", "deny", "a_denied", "--reason", "wrong order")).code).toBe(0);
  expect(await running.service.get("a_denied")).toMatchObject({ state: "denied", votes: [{ reason: "wrong order" }] });
  const digest = (await running.service.get("a_denied"))?.action_digest ?? "";
  const again = await asApprover("approvals", "approve", "a_denied", "--yes", "--digest", digest);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("already decided") });
});

test("the help of every verb has its examples", async () => {
  await expectExamples("approvals", [approveVerb, deny]);
});
