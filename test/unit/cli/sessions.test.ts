import { list, show } from "../../../gateway/cli/sessions.ts";
import { sampleCall } from "../../support/console/sample-sessions.ts";
import { type ConsoleCli, startConsoleCli } from "./console-cli.ts";
import { expectExamples } from "./run.ts";

/** The session of the sample decisions. */
const known = "s_01J9Z4T6M8Q2";

let cli: ConsoleCli;
beforeAll(async () => {
  cli = await startConsoleCli();
});
afterAll(() => cli.close());

test("says that there is no session, and where the calls of one may be that is not known any more", async () => {
  expect(await cli.asApprover("sessions", "list")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^No session/),
  });
  const unknown = await cli.asApprover("sessions", "show", "s_none");
  expect(unknown).toMatchObject({ code: 1, stdout: "" });
  expect(unknown.stderr).toContain("decisions search --session s_none");
});

describe("with sessions", () => {
  beforeAll(async () => {
    const [row] = JSON.parse(
      (await cli.asApprover("decisions", "search", "--subject", "refund-bot", "--limit", "1", "--json")).stdout,
    ).rows as { decision_id: string }[];
    const call = { agent: "refund-bot", session: known, decisionId: row!.decision_id, labels: ["read:orders"] };
    await sampleCall(cli.running, { ...call, to: "ann@shop.example" });
    cli.running.skip(1_000);
    await sampleCall(cli.running, { agent: "support-bot", session: known });
    await sampleCall(cli.running, { agent: "support-bot", session: null, own: "mine" });
  });

  test("lists them with who named them, their calls and their labels, and goes on at the cursor", async () => {
    const { stdout } = await cli.asApprover("sessions", "list");
    expect(stdout).toMatch(/^SESSION +NAMED BY +AGENT +CALLS +LATEST CALL +LABELS$/m);
    expect(stdout).toMatch(/^mine +agent +support-bot +1 +\d{4}-\d\d-\d\dT[\d:.]+Z$/m);
    expect(stdout).toMatch(/^principal:refund-bot +nobody +refund-bot +– +– +read:orders$/m);
    expect(stdout).toContain("–: no call since the gateway started");
    const page = async (...args: string[]) =>
      JSON.parse((await cli.asApprover("sessions", "list", "--limit", "3", "--json", ...args)).stdout) as {
        items: { id: string }[];
        next: string | null;
      };
    const first = await page();
    expect(first.items).toHaveLength(3);
    expect((await page("--after", first.next!)).items).toHaveLength(1);
  });

  test("shows one with its labels and its calls, as text and as JSON", async () => {
    const { stdout } = await cli.asApprover("sessions", "show", known, "--subject", "refund-bot", "--limit", "2");
    expect(stdout).toContain(`Session ${known}, named by token, of refund-bot (https://idp.example)`);
    expect(stdout).toMatch(/^In memory: 1 calls since /m);
    expect(stdout).toMatch(/^read:orders +this session's +\d{4}-/m);
    expect(stdout).toMatch(/ payments\/\S+ .*\+read:orders {2}→digest of ann@shop.example {2}d_/);
    expect(stdout).toContain("More: --after ");
    const json = await cli.asApprover("sessions", "show", known, "--subject", "refund-bot", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ id: known, labels: [{ label: "read:orders" }] });
  });

  test("asks whose it is when two agents have sessions of one name, and takes the reference of the list", async () => {
    const ambiguous = await cli.asApprover("sessions", "show", known, "--json");
    expect(ambiguous.code).toBe(2);
    expect(JSON.parse(ambiguous.stdout)).toMatchObject({ error: { code: "session_ambiguous" } });
    expect(ambiguous.stderr).toContain("support-bot of https://idp.example (named by token): ");
    const { items } = JSON.parse(
      (await cli.asApprover("sessions", "list", "--subject", "support-bot", "--json")).stdout,
    ) as {
      items: { id: string; ref: string }[];
    };
    const { ref } = items.find(({ id }) => id === known)!;
    expect((await cli.asApprover("sessions", "show", ref)).stdout).toContain("of support-bot");
  });
});

test("the help of every verb has its examples", async () => {
  await expectExamples("sessions", [list, show]);
});
