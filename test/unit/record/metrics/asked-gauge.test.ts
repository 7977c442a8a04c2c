import { Registry } from "prom-client";
import { askedGauge, missingGauge } from "../../../../gateway/record/metrics/asked-gauge.ts";

test("names the values that do not come in time, and has the rest of the page", async () => {
  const registry = new Registry();
  const silent = Promise.withResolvers<number>();
  let reads = 0;
  const gauge = (name: string, read: () => Promise<number>) =>
    askedGauge({ name, help: name, registers: [registry] }, read, (one, value) => one.set(value));
  missingGauge(registry);
  gauge("silent", () => {
    reads += 1;
    return silent.promise;
  });
  gauge("known", () => Promise.resolve(4));
  gauge("broken", () => Promise.reject(new Error("away")));
  for (const text of [await registry.metrics(), await registry.metrics()]) {
    expect(text).toContain('sallyport_metrics_missing{metric="silent"} 1');
    expect(text).toContain('sallyport_metrics_missing{metric="broken"} 1');
    expect(text).toContain('sallyport_metrics_missing{metric="known"} 0');
    expect(text).toContain("\nknown 4");
    expect(text).not.toMatch(/^(silent|broken) /m);
  }
  expect(reads).toBe(1);
  silent.resolve(7);
  const text = await registry.metrics();
  expect(text).toContain("\nsilent 7");
  expect(text).toContain('sallyport_metrics_missing{metric="silent"} 0');
});
