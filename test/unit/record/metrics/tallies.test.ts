import { exemplarRegistry } from "../../../../gateway/record/metrics/page.ts";
import { openObservations, openTally } from "../../../../gateway/record/metrics/tallies.ts";

test("tells every count by its labels, and goes on from there", async () => {
  const registry = exemplarRegistry();
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
  const registry = exemplarRegistry();
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

test("tells of a value with a trace which one it was, beside the bucket that the value is in", async () => {
  const registry = exemplarRegistry();
  const described = { help: "Seconds.", registers: [registry], buckets: [1, 2] };
  const took = openObservations({ ...described, name: "took_seconds" }, "outcome");
  const plain = openObservations({ ...described, name: "plain_seconds" });
  took(0.5, "forwarded");
  took(1.5, "forwarded", { trace_id: "a".repeat(32), decision_id: "d_1" });
  took(1.25, "forwarded", { trace_id: "b".repeat(32), decision_id: "d_2" });
  plain(3, "", { trace_id: "c".repeat(32), decision_id: "d_3" });
  const text = await registry.metrics();
  expect(text).toContain('took_seconds_bucket{le="1",outcome="forwarded"} 1\n');
  expect(text).toMatch(
    /^took_seconds_bucket\{le="2",outcome="forwarded"\} 3 # \{trace_id="b{32}",decision_id="d_2"\} 1\.25 1\d{9}\.?\d*$/m,
  );
  expect(text).toMatch(/^plain_seconds_bucket\{le="\+Inf"\} 1 # \{trace_id="c{32}",decision_id="d_3"\} 3 /m);
});
