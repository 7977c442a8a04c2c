import { list, verify } from "../../../gateway/cli/signals.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import type { SignalStreamRow } from "../../../gateway/domain/ports.ts";
import { type ConsoleCli, startConsoleCli } from "./console-cli.ts";
import { expectExamples } from "./run.ts";

const row: SignalStreamRow = {
  id: "idp",
  issuer: "https://idp.example",
  delivery: "push",
  stream_id: "s1",
  status: "paused",
  reason: "upgrade",
  heard_at: 0,
  verified_at: null,
  problem: null,
};
let rows: readonly SignalStreamRow[];
let cli: ConsoleCli;
beforeAll(async () => {
  const signals = {
    list: async () => rows,
    verify: (id: string) =>
      id === "idp"
        ? Promise.resolve(41.6)
        : Promise.reject(
            new Refusal("signal_stream", { hint: "the verification event that was asked for has not come" }),
          ),
  };
  cli = await startConsoleCli({ signals });
});
afterAll(() => cli.close());
beforeEach(() => void (rows = [row]));

test("signals list shows each stream and what is wrong with it", async () => {
  const { stdout } = await cli.asApprover("signals", "list");
  expect(stdout).toMatch(/^TRANSMITTER +DELIVERY +STATUS +HEARD +VERIFIED +PROBLEM\n/);
  expect(stdout).toMatch(/idp +push +paused +1970-01-01T00:00:00.000Z +– +upgrade/);
  expect(JSON.parse((await cli.asApprover("signals", "list", "--json")).stdout)).toMatchObject({ items: [row] });
  rows = [];
  expect((await cli.asApprover("signals", "list")).stdout).toMatch(/^Nobody sends signals/);
});

test("signals verify says how long the event took, and fails when it has not come", async () => {
  expect(await cli.asApprover("signals", "verify", "idp")).toMatchObject({
    code: 0,
    stdout: "Signals of idp arrive: the event came after 42 ms.\n",
  });
  const failed = await cli.asApprover("signals", "verify", "edr");
  expect([failed.code, failed.stderr]).toEqual([5, expect.stringContaining("has not come")]);
});

test("signals verify is for operators alone", async () => {
  await cli.running.setRoles(["payments-approver"]);
  expect((await cli.asApprover("signals", "verify", "idp")).stderr).toContain("needed: operator");
});

test("the help of every verb has its examples", async () => {
  await expectExamples("signals", [list, verify]);
});
