/** The reader of queries with which the dashboard and the alerts are tested: it must find what is not there. */
import { seriesOf } from "../../../support/prometheus/exposition.ts";
import { emptyParts } from "../../../support/prometheus/promql.ts";

const page = seriesOf(`# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{route="a\\"}b",effect="allow",doubt=""} 2
took_seconds_bucket{le="0.1",outcome="sent"} 1
held 0
`);

test.each([
  "sum by (effect) (rate(calls_total[$__rate_interval]))",
  'topk(10, sum by (route, effect) (increase(calls_total{effect=~"allow|deny"}[5m]))) > 5',
  "histogram_quantile(0.99, sum by (le, instance) (rate(took_seconds_bucket[5m]))) > 0.25",
  "max((held > bool 0) * (time() - held)) and held == 0",
  'sum(rate(calls_total{doubt=""}[5m])) / sum(rate(calls_total[5m])) > 1e3',
  "absent(held)",
])("%s reads what is there", (query) => {
  expect(emptyParts(query, page)).toEqual([]);
});

test.each([
  ["rate(call_total[5m])", "no call_total{}"],
  ['rate(calls_total{effect="deny"}[5m])', 'no calls_total{effect="deny"}'],
  ['rate(calls_total{doubt!=""}[5m])', 'no calls_total{doubt!=""}'],
  ['rate(calls_total{tool!="x"}[5m])', 'no calls_total{tool!="x"}'],
  ['rate(calls_total{effect!~"al.*"}[5m])', 'no calls_total{effect!~"al.*"}'],
  ["sum by (tool) (rate(calls_total[5m]))", "no label tool"],
  ["held / heldd", "no heldd{}"],
  ["time()", "reads no metric"],
])("%s: %s", (query, problem) => {
  expect(emptyParts(query, page)).toEqual([`${query}: ${problem}`]);
});
