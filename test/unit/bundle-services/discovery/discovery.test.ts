/** Documents of a real bundle server, as they stand in the archive. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Discovery } from "../../../../gateway/bundle-services/discovery/discovery.ts";
import type { Discovered, ServedBundle } from "../../../../gateway/domain/bundle-service.ts";
import { BundleServer } from "../../../support/bundles/bundle-server.ts";
import { packed } from "../../../support/bundles/opa-built.ts";
import { testServices } from "../../../support/bundles/services.ts";
import { eventually } from "../../../support/eventually.ts";
import { quiet } from "../../../support/quiet.ts";

const path = "/disco";
let server: BundleServer;
let folder: string;
let discovery: Discovery;
const applied: string[] = [];
const warned: string[] = [];
beforeEach(async () => {
  server = await new BundleServer().listen();
  folder = await mkdtemp(join(tmpdir(), "sallyport-discovery-test-"));
  applied.length = 0;
  warned.length = 0;
});
afterEach(async () => {
  await discovery.stop();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

function open(apply: (stage: string) => void = () => undefined): Discovery {
  const served: ServedBundle = {
    name: "discovery",
    service: {
      ...{ name: "acme", type: "bundles", url: server.url, headers: {}, credential: null },
      ...{ tls: { caFile: null, client: null }, addresses: new Set(["loopback"] as const), headerTimeoutMs: 10_000 },
    },
    ...{ resource: "disco", polling: { minMs: 10, maxMs: 20, waitS: null }, persist: false, maxBytes: 1_000_000 },
    ...{ maxStaleMs: null, denyStale: false, folder },
  };
  discovery = new Discovery(
    {
      bundle: { served, trust: null },
      evaluate: async (file) => (await readFile(file)).length,
      read: (document): Discovered => ({
        ...{
          bundles: [],
          status: null,
          labels: { stage: String(document) },
          ignored: ["default_decision has no effect"],
        },
      }),
    },
    {
      apply: async ({ labels }) => {
        apply(labels["stage"] as string);
        applied.push(labels["stage"] as string);
      },
      attempted: () => undefined,
      services: testServices(),
      clock: { now: () => Date.now(), monotonic: () => performance.now() },
      logger: { ...quiet, warn: (text) => void warned.push(text) },
      random: Math.random,
    },
  );
  return discovery;
}

const serve = async (text: string, etag: string | null): Promise<string> => {
  const bytes = await packed({ "data.json": JSON.stringify({ text }) });
  server.serve(path, bytes, etag);
  return String(bytes.length);
};

test("puts each document in force once, however often the server sends it, and says what of it has no effect", async () => {
  const one = await serve("one", null);
  await open().start();
  expect([applied, discovery.current()?.labels]).toEqual([[one], { stage: one }]);
  await server.askedTimes(path, 4);
  const two = await serve("a longer text, two", null);
  await eventually("the next one is in force", () => discovery.current()?.labels["stage"] === two || null);
  expect(applied).toEqual([one, two]);
  expect(warned).toEqual(Array(2).fill("discovered configuration: default_decision has no effect"));
});

test("keeps the document that is in force when the next one cannot be, and goes back to it without putting it in force again", async () => {
  const one = await serve("one", '"1"');
  await open((stage) => {
    if (stage !== one) throw new Error("it does not fit");
  }).start();
  await serve("a longer text, two", '"2"');
  const { failure } = await eventually("it fails", () =>
    discovery.status().failure === null ? null : discovery.status(),
  );
  expect(failure).toMatchObject({ stage: "activate", message: "it does not fit" });
  expect(discovery.current()?.labels).toEqual({ stage: one });
  await serve("one", '"1"');
  await eventually("the server is back at it", () => (discovery.status().failure === null ? true : null));
  expect(applied).toEqual([one]);
});
