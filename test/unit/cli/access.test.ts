import * as access from "../../../gateway/cli/access.ts";
import { type ConsoleCli, startConsoleCli } from "./console-cli.ts";
import { expectExamples } from "./run.ts";

let cli: ConsoleCli;
beforeAll(async () => {
  cli = await startConsoleCli();
});
afterAll(() => cli.close());

const revoke = (...args: string[]) => cli.asApprover("access", "revoke", ...args, "--reason", "incident");

test("access revoke does nothing for a name that nothing is known by, and says what it ended", async () => {
  cli.hold("a_access");
  const mistyped = await revoke("--subject", "refnud-bot");
  expect([mistyped.code, mistyped.stderr]).toEqual([1, expect.stringMatching(/^Nothing is known by that name/)]);
  expect((await revoke("--task", "ticket-999")).code).toBe(1);
  expect((await cli.asApprover("access", "list")).stdout).toBe("Nobody's access was ended.\n");
  expect((await revoke("--subject", "refnud-bot", "--anyway")).code).toBe(0);
  expect((await cli.running.service.get("a_access"))?.state).toBe("held");
  const dry = await revoke("--subject", "alice@shop.example", "--dry-run");
  expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/^It would end 1 session, 1 held call, 0 calls/)]);
  expect((await cli.running.service.get("a_access"))?.state).toBe("held");
  const done = await revoke("--subject", "alice@shop.example");
  expect([done.code, done.stdout]).toEqual([0, expect.stringMatching(/Ended with it: 1 session, 1 held call,/)]);
  expect((await cli.running.service.get("a_access"))?.state).toBe("cancelled");
});

test("access revoke ends by itself where it is told when, and the list says how long it lasts", async () => {
  const made = await revoke("--tool", "payments/create_refund", "--for", "2h", "--anyway");
  expect(made.stdout).toMatch(/^Access ended \(k_\S+\) until 20\d\d-/);
  const listed = (await cli.asApprover("access", "list")).stdout;
  expect(listed).toMatch(/tool\s+payments\/create_refund\s+(?:1h 59m|2h 0m)/);
});

test("access list says that a revocation is about older tokens alone", async () => {
  const { revocations } = cli.running;
  const wanted = {
    kind: "subject",
    issuer: "https://idp.example",
    target: "dora",
    until: null,
    before: 1_000,
  } as const;
  const { id } = await revocations.revoke({ ...wanted, reason: "session-revoked", by: "signal of idp" });
  const { stdout } = await cli.asApprover("access", "list");
  expect(stdout).toContain("dora of https://idp.example, tokens from before 1970-01-01T00:00:01.000Z");
  await revocations.lift(id, "the test");
});

test("access revoke wants one name, and an issuer alone is one", async () => {
  const none = await revoke();
  expect([none.code, none.stderr]).toEqual([2, expect.stringMatching(/^Say whose: --subject, --client/)]);
  expect((await revoke("--subject", "a", "--client", "b")).code).toBe(2);
  expect((await revoke("--everybody", "--for", "1h", "--until", "2999-01-01T00:00:00Z")).code).toBe(2);
  const swapped = await revoke("--everybody", "--until", "02.12.2999");
  expect([swapped.code, swapped.stderr]).toEqual([
    2,
    expect.stringContaining("'02.12.2999' is invalid. Expected a date"),
  ]);
  const issuer = await cli.asApprover(
    ...["access", "revoke", "--issuer", "https://b.example", "--anyway", "--reason", "x", "--json"],
  );
  expect(JSON.parse(issuer.stdout)).toMatchObject({ kind: "issuer", target: "https://b.example", issuer: null });
});

test("access revoke tells of a session that its caller named, and what else ends with it", async () => {
  cli.hold("a_own", { session: "run-1", session_trust: "self" });
  const told = await revoke("--session", "run-1");
  expect(told.stdout).toMatch(/its caller can name another: all sessions that no token names are meant, of refund-bot/);
  expect(told.stdout).toMatch(/access revoke --subject refund-bot --issuer http/);
});

test("the help of every verb has its examples", async () => {
  await expectExamples("access", [access.list, access.revoke, access.lift]);
});
