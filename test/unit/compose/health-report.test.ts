import { setImmediate as turn } from "node:timers/promises";
import { healthReport, type NamedSources } from "../../../gateway/compose/health-report.ts";
import type { Finding } from "../../../gateway/domain/ports.ts";
import { StoreUnavailable } from "../../../gateway/store/postgres/failures.ts";
import { TestClock } from "../../support/builders.ts";

const old: Finding = { name: "channels", problem: "given up", fix: "mend it", severity: "degraded" };

/** Two sources of the store, each answered by hand, and one that always answers. */
function world() {
  const clock = new TestClock();
  const asked: Record<"channels" | "definitions", PromiseWithResolvers<readonly Finding[]>[]> = {
    channels: [],
    definitions: [],
  };
  const source = (name: keyof typeof asked) => ({
    findings() {
      const answer = Promise.withResolvers<readonly Finding[]>();
      asked[name].push(answer);
      return answer.promise;
    },
  });
  const sources: NamedSources = [
    ["channels", source("channels")],
    ["definitions", source("definitions")],
    ["policy", { findings: () => [old] }],
  ];
  return { clock, asked, report: healthReport(sources, clock) };
}

test("is there with a finding for each component that does not answer, and asks it once", async () => {
  const { clock, asked, report } = world();
  const since = new Date(clock.now()).toISOString();
  const first = await report();
  clock.advance(60_000);
  const second = await report();
  for (const { ready, findings } of [first, second]) {
    expect(ready).toBe(true);
    expect(findings.map(({ name }) => name)).toEqual(["health-channels", "health-definitions", "channels"]);
    expect(findings[0]?.problem).toContain(`cannot be found out since ${since}: no answer within`);
    expect(findings[0]?.fix).toContain("look at the store");
  }
  expect([asked.channels.length, asked.definitions.length]).toEqual([1, 1]);
});

test("names each component that fails, and what to do, until it answers again", async () => {
  const { asked, report } = world();
  const failing = report();
  await turn();
  asked.channels[0]?.reject(new StoreUnavailable("it is away"));
  asked.definitions[0]?.reject(new Error("odd"));
  const { ready, findings } = await failing;
  expect(ready).toBe(false);
  expect(findings.map(({ name, fix }) => [name, fix])).toEqual([
    ["health-channels", expect.stringContaining("PostgreSQL")],
    ["health-definitions", expect.stringContaining("look at the store")],
    ["channels", "mend it"],
  ]);
  const again = report();
  await turn();
  asked.channels[1]?.resolve([]);
  // Not answered in time, it is still what failed before.
  const { findings: left } = await again;
  expect(left.map(({ name, severity }) => [name, severity])).toEqual([
    ["health-definitions", "unready"],
    ["channels", "degraded"],
  ]);
  expect(left[0]?.problem).toContain("odd");
});

test("counts an answer that came when nobody waited for it any more", async () => {
  const { clock, asked, report } = world();
  await report();
  asked.channels[0]?.resolve([]);
  asked.definitions[0]?.resolve([]);
  await turn();
  clock.advance(60_000);
  const since = new Date(clock.now()).toISOString();
  const { findings } = await report();
  expect(findings[0]?.problem).toContain(`since ${since}`);
});
