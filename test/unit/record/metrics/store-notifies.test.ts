import { createMetrics } from "../../../../gateway/record/metrics/metrics.ts";

test("says whether the store tells what other gateways change, where it may", async () => {
  const metrics = createMetrics();
  const page = async () => (await metrics.render("prometheus")).text;
  expect(await page()).not.toContain("sallyport_store_tells_changes");
  let tells = true;
  metrics.storeNotifies(() => tells);
  expect(await page()).toContain("\nsallyport_store_tells_changes 1\n");
  tells = false;
  expect(await page()).toContain("\nsallyport_store_tells_changes 0\n");
});
