import { Counter, Registry } from "prom-client";
import { MetricsPage } from "../../../../gateway/record/metrics/page.ts";

const inPrometheus = {
  type: "text/plain; version=0.0.4; charset=utf-8",
  text: "# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total 3\n",
};
const inOpenMetrics = {
  type: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  text: "# HELP calls Calls.\n# TYPE calls counter\ncalls_total 3\n# EOF\n",
};

function pageOf(collect: () => Promise<void> = () => Promise.resolve(), mostMs?: number): MetricsPage {
  const registry = new Registry();
  new Counter({ name: "calls_total", help: "Calls.", registers: [registry], collect }).inc(3);
  return new MetricsPage(registry, mostMs);
}

test("is whole in each format, whichever are asked for at once", async () => {
  const page = pageOf();
  const asked = (["openmetrics", "prometheus", "openmetrics", "prometheus"] as const).map((one) => page.render(one));
  expect(await Promise.all(asked)).toEqual([inOpenMetrics, inPrometheus, inOpenMetrics, inPrometheus]);
});

test("is there again after a page whose values could not be read", async () => {
  let isAway = true;
  const page = pageOf(() => (isAway ? Promise.reject(new Error("away")) : Promise.resolve()));
  const [first, second] = [page.render("openmetrics"), page.render("prometheus")];
  await expect(first).rejects.toThrow("away");
  await expect(second).rejects.toThrow("away");
  isAway = false;
  expect(await page.render("prometheus")).toEqual(inPrometheus);
});

test("is there again after a page of which a value never came", async () => {
  const away = Promise.withResolvers<void>();
  let collected: Promise<void> = away.promise;
  const page = pageOf(() => collected, 20);
  await expect(page.render("openmetrics")).rejects.toThrow("within 20 ms");
  collected = Promise.resolve();
  expect(await page.render("prometheus")).toEqual(inPrometheus);
});
