import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ShipSettings } from "../../../gateway/domain/shipping.ts";
import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";
import type { LogWriter } from "../../../gateway/record/log-writer.ts";
import { createMetrics } from "../../../gateway/record/metrics/metrics.ts";
import { Shipping } from "../../../gateway/ship/shipping.ts";
import { logConsumers } from "../../../gateway/ship/unsent.ts";
import { eventually } from "../../support/eventually.ts";
import { quiet } from "../../support/quiet.ts";
import { TestLog } from "../../support/record/test-log.ts";
import { Collector } from "../../support/ship/collector.ts";
import { idsFrom, writeCalls } from "../../support/ship/ship-log.ts";
import { opaTarget, sender } from "../../support/ship/shipped.ts";

const realThread = new URL("../../../gateway/compose/ship-thread.ts", import.meta.url);

let here: TestLog;
let writer: LogWriter;
let collector: Collector;
beforeEach(async () => {
  here = new TestLog();
  writer = here.writer();
  collector = await new Collector().listen();
});
afterEach(async () => {
  await writer.close();
  await collector.close();
  here.remove();
});

function destination(name: string, url: string, more: Partial<ShipSettings> = {}): ShipSettings {
  const to = { ...opaTarget(url), token: null } as ShipSettings["to"];
  const limits = { degradedAfterMs: 60_000, unreadyAfterMs: null, retainMs: null };
  return { name, to, everyMs: 50, timeoutMs: 2_000, retry: { firstMs: 10, longestMs: 50 }, ...limits, ...more };
}

function shipping(destinations: readonly ShipSettings[], thread = realThread, clock = systemClock): Shipping {
  const given = {
    dir: here.log,
    cursors: join(here.dir, "ship"),
    destinations,
    sender,
    logger: quiet,
    clock,
    restartMs: 100,
    thread,
  };
  return new Shipping(given);
}

test("each destination is as far as it can be: one that is away holds up no other, and says so", async () => {
  const away = await new Collector().listen();
  const { url } = away;
  await away.close();
  await writeCalls(writer, idsFrom(0, 20), Date.now());
  const limits = { degradedAfterMs: 0, unreadyAfterMs: 100 };
  const both = shipping([destination("siem", collector.url), destination("away", url, limits)]);
  both.start();
  await eventually("one has all", () => (collector.byId().size === 20 ? true : null));
  const lags = await eventually("the other says why", () => {
    const state = both.states().find(({ name }) => name === "away");
    return state !== undefined && state.error !== null && state.seconds > 0.1 && both.states()[0]?.records === 0
      ? state
      : null;
  });
  expect(lags).toMatchObject({ records: 41, error: "could not be reached (ECONNREFUSED)", missed: 0 });
  expect(both.findings()).toEqual([
    {
      name: "ship-away",
      problem: expect.stringMatching(/^41 records wait to be sent to away, the oldest for \d+ s: could not be reached/),
      fix: expect.any(String),
      severity: "unready",
    },
  ]);
  const metrics = createMetrics();
  metrics.shipping(() => both.states());
  const { text } = await metrics.render("prometheus");
  expect(text).toContain('sallyport_ship_lag_records{destination="away"} 41');
  expect(text).toContain('sallyport_ship_lag_records{destination="siem"} 0');
  expect(text).toMatch(/sallyport_ship_lag_seconds\{destination="away"\} \d/);
  expect(text).toContain('sallyport_ship_records_total{destination="siem"} 41');
  // What retention waits for.
  const segments = logConsumers(join(here.dir, "ship"), [destination("siem", ""), destination("away", "")]);
  expect(segments.map((one) => [one.name, one.reached()?.segment])).toEqual([
    ["siem", "decisions-000001.jsonl"],
    ["away", undefined],
  ]);
  await both.stop(100);
});

test("what is written before it stops is sent before it has stopped", async () => {
  const one = shipping([destination("siem", collector.url, { everyMs: 600_000 })]);
  one.start();
  await eventually("it has looked at the log", () => (one.states().length > 0 ? true : null));
  await writeCalls(writer, idsFrom(0, 20));
  await one.stop(5_000);
  expect(collector.byId().size).toBe(20);
  expect(one.findings()).toEqual([]);
});

test("a destination that has nothing sent, for its cursor cannot be read, becomes unready as one that is behind", async () => {
  mkdirSync(join(here.dir, "ship", "siem.json"), { recursive: true });
  const one = shipping([destination("siem", collector.url, { degradedAfterMs: 0, unreadyAfterMs: 100 })]);
  one.start();
  const [finding] = await eventually("it is unready", () => {
    const found = one.findings();
    return found.some(({ severity }) => severity === "unready") ? found : null;
  });
  expect(finding).toMatchObject({ name: "ship-siem", severity: "unready" });
  expect(finding?.problem).toMatch(
    /^sending to siem fails for \d+ s, 0 records wait: how far it has come cannot be read: Error: EISDIR/,
  );
  await one.stop(100);
});

test("a thread that does not come back makes the gateway unready when that is configured, and only then", async () => {
  const path = join(here.dir, "failing.mjs");
  const starts = join(here.dir, "starts");
  const count = `import { appendFileSync } from "node:fs"; appendFileSync(${JSON.stringify(starts)}, "1");`;
  writeFileSync(path, `${count} throw new Error("no memory left");`);
  let aheadMs = 0;
  const clock = { ...systemClock, now: () => Date.now() + aheadMs };
  const limits = { degradedAfterMs: 60_000, unreadyAfterMs: 3_600_000 };
  const severity = async (more: Partial<ShipSettings>): Promise<string | undefined> => {
    aheadMs = 0;
    writeFileSync(starts, "");
    const failing = shipping([destination("siem", collector.url, more)], pathToFileURL(path), clock);
    failing.start();
    await eventually("it is told", () => (failing.findings().length > 0 ? true : null));
    expect(failing.findings()).toMatchObject([{ name: "ship", severity: "degraded" }]);
    aheadMs = 3_700_000;
    // More starts that fail change nothing.
    const earlier = readFileSync(starts).length;
    await eventually("it is started again", () => (readFileSync(starts).length > earlier + 1 ? true : null));
    const [finding] = failing.findings();
    await failing.stop(1_000);
    return finding?.severity;
  };
  expect(await severity(limits)).toBe("unready");
  expect(await severity({})).toBe("degraded");
});

test("a thread that ends is told, and started again", async () => {
  const path = join(here.dir, "failing.mjs");
  writeFileSync(path, 'throw new Error("no memory left");');
  const failing = shipping([destination("siem", collector.url)], pathToFileURL(path));
  failing.start();
  const [finding] = await eventually("it is told", () => {
    const found = failing.findings();
    return found.length > 0 ? found : null;
  });
  expect(finding).toMatchObject({ name: "ship", severity: "degraded" });
  expect(finding?.problem).toBe("the decision log is sent nowhere: its thread failed: no memory left");
  await writeCalls(writer, idsFrom(0, 3));
  writeFileSync(path, `await import(${JSON.stringify(realThread.href)});`);
  await eventually("all arrived", () => (collector.byId().size === 3 ? true : null));
  await eventually("the finding ends", () => (failing.findings().length === 0 ? true : null));
  await failing.stop(1_000);
});
