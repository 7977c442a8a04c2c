/** A name with an escape is judged as the name that the tool server reads, whatever was sent before (`gateway/lib/parse-json.ts`). */
import { addArgumentRules } from "../support/argument-rules.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let upstream: RecordingUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await recordingUpstream((_req, res) => res.setHeader("content-type", "application/json").end("{}"));
  gateway = await startGateway({ routes: [paymentsRoute(upstream.origin)], policy: addArgumentRules });
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

async function note(body: string): Promise<number> {
  const token = gateway.token({ sub: "writer", role: "refunds" }, "/payments");
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return (await fetch(`${gateway.agents}/payments/v1/notes`, { method: "POST", headers, body })).status;
}

test("a rule sees an argument whose name has an escape, behind a call that makes V8 expect another name", async () => {
  for (let call = 0; call < 3; call += 1) expect(await note('{"order_id":"o-1","\\\\u0072":"none"}')).toBe(200);
  const passed = upstream.requests.length;
  expect(await note('{"order_id":"o-strict","\\u0072eason":"card 4111"}')).toBe(403);
  expect(upstream.requests).toHaveLength(passed);
});
