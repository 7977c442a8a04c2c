import { Registry } from "prom-client";
import { openObservations, openTally } from "../../../../gateway/record/metrics/tallies.ts";

test("tells every count by its labels, and goes on from there", async () => {
  const registry = new Registry();
  const count = openTally({ name: "calls_total", help: "Calls.", registers: [registry] }, ["route", "effect", "doubt"]);
  count("crm", "allow", "");
  count("crm", "allow", "");
  count("crm", "deny", "policy_threw");
  expect(await registry.metrics()).toContain('calls_total{route="crm",effect="allow",doubt=""} 2');
  count("crm", "allow", "");
  const text = await registry.metrics();
  expect(text).toContain('calls_total{route="crm",effect="allow",doubt=""} 3');
  expect(text).toContain('calls_total{route="crm",effect="deny",doubt="policy_threw"} 1');
});

test("tells every observation, those that came in lots as well", async () => {
  const registry = new Registry();
  const described = { help: "Seconds.", registers: [registry], buckets: [1, 2] };
  const took = openObservations({ ...described, name: "took_seconds" }, "outcome");
  const plain = openObservations({ ...described, name: "plain_seconds" });
  for (let n = 0; n < 2_500; n += 1) took(n % 2 === 0 ? 0.5 : 1.5, "forwarded");
  plain(3);
  const text = await registry.metrics();
  expect(text).toContain('took_seconds_bucket{le="1",outcome="forwarded"} 1250');
  expect(text).toContain('took_seconds_bucket{le="2",outcome="forwarded"} 2500');
  expect(text).toContain("plain_seconds_count 1");
  expect(text).toContain('plain_seconds_bucket{le="2"} 0');
});
