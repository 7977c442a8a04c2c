/** A result that was kept is given once more only as far as the policy of that moment lets it through. */
import type { Approver } from "../../demo/agent/approver.ts";
import type { HttpAgent } from "../../demo/agent/http-agent.ts";
import { eventually } from "../support/eventually.ts";
import type { PolicyCopy } from "../support/policy-copy.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { addResultRules, loggedOutcome } from "../support/result-rules.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const harmless = `package sallyport.rules.results.test

label contains "seen" if input.context.result.status == 201
`;
const strict = `package sallyport.rules.results.test

import data.sallyport.reason

# METADATA
# title: Refunds are internal now
# custom:
#   code: INTERNAL_NOW
#   severity: high
#   controls: [ASI02]
_internal := reason.of(rego.metadata.chain())

block contains _internal if input.context.result.content.refunded == true
`;

let upstream: RecordingUpstream;
let gateway: TestGateway;
let agent: HttpAgent;
let approver: Approver;

beforeAll(async () => {
  upstream = await recordingUpstream((_req, res) =>
    res.writeHead(201, { "content-type": "application/json" }).end('{"refunded":true}'),
  );
  gateway = await startGateway({
    routes: [paymentsRoute(upstream.origin)],
    policy: (policy) => addResultRules(policy, harmless),
  });
  agent = gateway.refundBot();
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

const refund = (key: string) =>
  agent.call({
    method: "POST",
    path: "/payments/v1/refunds",
    json: { order_id: "o-881", amount: 150, currency: "EUR", reason: key },
    headers: { "idempotency-key": `"${key}"` },
  });

const revision = async () =>
  ((await approver.get("/api/policy")) as { active: { revision: string } | null }).active?.revision ?? null;

test("withholds a kept result that a stricter policy blocks, says that the call ran, and runs it no second time", async () => {
  const held = await refund("k-1");
  const { id } = held.body["approval"] as { id: string };
  await approver.approve(id);
  expect(await refund("k-1")).toMatchObject({ status: 201, body: { refunded: true } });

  const before = await revision();
  await (gateway.policy as PolicyCopy).write("sallyport/rules/results/test/test.rego", strict);
  await eventually("the stricter policy is active", async () => ((await revision()) === before ? null : true));

  for (let time = 0; time < 2; time += 1) {
    const again = await refund("k-1");
    expect(again).toMatchObject({ status: 403, body: { code: "result_blocked", executed: true } });
    expect(JSON.stringify(again.body)).not.toContain("refunded");
    const outcome = await eventually(
      "the outcome",
      async () => (await loggedOutcome(gateway, again.decisionId ?? "")) ?? null,
    );
    expect(outcome).toMatchObject({ outcome: "withheld", result: { effect: "block", reasons: ["INTERNAL_NOW"] } });
  }
  expect(upstream.requests).toHaveLength(1);

  await (gateway.policy as PolicyCopy).write("sallyport/rules/results/test/test.rego", harmless);
  await eventually("the first policy is active", async () => ((await revision()) === before ? true : null));
  const given = await refund("k-1");
  expect([given.status, given.headers.get("sallyport-outcome")]).toEqual([201, "replayed"]);
});
