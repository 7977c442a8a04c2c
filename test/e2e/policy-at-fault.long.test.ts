import type { HttpAgent } from "../../demo/agent/http-agent.ts";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import type { HealthReport } from "../../gateway/domain/ports.ts";
import { eventually } from "../support/eventually.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

// Beside a rule of the starter: its folder is there.
const rule = "sallyport/rules/arguments/limits/most.rego";
const twoAnswers = `package sallyport.rules.mine.most

import data.sallyport.reason

# METADATA
# title: The amount is over the most
# custom:
#   code: OVER_THE_MOST
_over_the_most := reason.of(rego.metadata.chain())

deny contains _over_the_most if {
	input.resource.id == "payments/create_refund"
	input.context.arguments.amount > _most
}

_most := 450 if input.context.arguments.amount > 100

_most := 400 if input.context.arguments.amount > 200
`;
/** Its pointer is none, and nobody sees that before an answer has come. */
const unpointed = `package sallyport.rules.mine.most

redact contains {"pointer": input.context.result.content.currency}
`;
const mended = twoAnswers
  .replace("_most := 400", "_most := 450")
  .replace(
    "\tinput.context.arguments.amount > _most",
    "\tprint(_told, input.context.arguments.gone); input.context.arguments.amount > _most",
  )
  .concat('\n_told := {"amount": input.context.arguments.amount, "why": input.context.arguments.reason}\n');
const silent = twoAnswers.replace("deny contains", "denies contains");

describe("a policy that is at fault while the gateway runs", () => {
  let payments: ToolServer;
  let gateway: TestGateway;
  let agent: HttpAgent;

  beforeAll(async () => {
    payments = await startPayments(0);
    const config = { record: { mask: ["/context/arguments/reason"] } };
    gateway = await startGateway({ routes: [paymentsRoute(payments.origin)], config, policy: () => Promise.resolve() });
    agent = gateway.refundBot();
  });
  afterAll(() => Promise.all([gateway?.close(), payments?.stop()]));

  const write = (text: string) => gateway.policy!.write(rule, text);
  const refund = (amount: number) => ({
    ...({ method: "POST", path: "/payments/v1/refunds" } as const),
    json: { order_id: "o-882", amount, currency: "EUR", reason: "late" },
  });
  async function finding(name: string): Promise<HealthReport["findings"][number] | null> {
    const report = (await (await fetch(`${gateway.console}/readyz`)).json()) as HealthReport;
    return report.findings.find((one) => one.name === name) ?? null;
  }

  it("does not activate a rule that is never evaluated, and says so at /readyz and in the log", async () => {
    await write(silent);
    const found = await eventually("the edit is refused", () => finding("policy-edit"), 60_000);
    expect(found.problem).toContain(`${rule}:1: package sallyport.rules.mine.most is never evaluated`);
    expect(found.problem).toContain("it has denies (did you mean deny?)");
    await gateway.told(`${rule}:1: package sallyport.rules.mine.most is never evaluated`);
  });

  it("says of two answers for one rule that sending it again does not help, and tells operators where they are", async () => {
    await write(twoAnswers);
    await eventually("the rule is active", async () => ((await finding("policy-edit")) === null ? true : null), 60_000);
    expect(await finding("policy-faults")).toBeNull();
    const answer = await agent.call(refund(300));
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBeNull();
    expect(answer.body).toMatchObject({
      code: "policy_conflict",
      retryable: false,
      next: "Do not send it again: an operator has to mend the policy first.",
    });
    const found = await finding("policy-faults");
    expect(found).toMatchObject({
      severity: "degraded",
      problem: expect.stringContaining(`${rule}:18: policy_conflict`),
    });
    await gateway.told(`"at":"${rule}:18"`);
    await write(mended);
    await eventually(
      "the mended policy has no faults",
      async () => ((await finding("policy-faults")) === null ? true : null),
      60_000,
    );
    expect((await agent.call(refund(300))).status).toBe(202);
  }, 180_000);

  it("logs what the rule prints, with file and line and the decision, without what is masked", async () => {
    expect((await agent.call(refund(301))).status).toBe(202);
    const [line] = await gateway.told(/^.*\bamount\\": 301.*$/m);
    const { at, text, decision_id: id, message, entrypoint } = JSON.parse(line) as Record<string, string>;
    expect([message, at, entrypoint]).toEqual(["print", `${rule}:13`, "decision"]);
    expect(text).toBe('{"amount": 301, "why": "[masked]"} <undefined>');
    expect(id).toMatch(/^d_/);
  });

  it("says which rule has named what cannot be taken out, where only the answer shows it", async () => {
    await write(unpointed);
    const answer = await eventually(
      "the rule is active",
      async () => {
        const { body } = await agent.call({ method: "GET", path: "/payments/v1/orders/o-882" });
        return body !== null && typeof body === "object" && "code" in body ? body : null;
      },
      60_000,
    );
    expect(answer).toMatchObject({ code: "result_undecided", executed: true });
    const found = await finding("policy-faults");
    const place = `${rule}:3`;
    expect(found?.problem).toContain(`${place}: policy_shape`);
    expect(gateway.output()).toContain(`it comes from the rule mine/most (${place})`);
  }, 180_000);
});
