/** Documents of a real bundle server, as they stand in the archive. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Discovery } from "../../../../gateway/bundle-services/discovery/discovery.ts";
import type { Discovered, ServedBundle } from "../../../../gateway/domain/bundle-service.ts";
import { BundleServer, type Fault } from "../../../support/bundles/bundle-server.ts";
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

interface Ways {
  readonly persist?: boolean;
  /** Called before each evaluation. */
  readonly evaluate?: () => void;
}

function open(apply: (stage: string) => string | void = () => undefined, ways: Ways = {}): Discovery {
  const served: ServedBundle = {
    name: "discovery",
    service: {
      name: "acme",
      type: "bundles",
      url: server.url,
      headers: {},
      credential: null,
      tls: { caFile: null, client: null },
      addresses: new Set(["loopback"] as const),
      headerTimeoutMs: 10_000,
    },
    resource: "disco",
    polling: { minMs: 10, maxMs: 20, waitS: null },
    persist: ways.persist ?? false,
    maxBytes: 1_000_000,
    maxStaleMs: null,
    denyStale: false,
    folder,
  };
  discovery = new Discovery(
    {
      bundle: { served, trust: null },
      evaluate: async (file) => {
        ways.evaluate?.();
        return (await readFile(file)).length;
      },
      read: (document): Discovered => ({
        bundles: [],
        status: null,
        labels: { stage: String(document) },
        logsUnsent: false,
        ignored: ["default_decision has no effect"],
      }),
    },
    {
      apply: async ({ labels }) => {
        const message = apply(labels["stage"] as string);
        applied.push(labels["stage"] as string);
        return message === undefined ? null : { message, locations: [] };
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

test("counts a document as not confirmed until a policy is made by it, and asks for that policy again without evaluating it again", async () => {
  const one = await serve("one", '"1"');
  const [problems, evaluations]: [string[], string[]] = [["the rules do not compile", "they still do not"], []];
  const seen: unknown[] = [];
  const apply = () => {
    const { failure, confirmedAt } = discovery.status();
    seen.push([failure?.message, confirmedAt]);
    return problems.shift();
  };
  await open(apply, { evaluate: () => void evaluations.push(one) }).start();
  await eventually("it is confirmed", () => discovery.status().confirmedAt);
  await eventually("no failure is told", () => (discovery.status().failure === null ? true : null));
  expect([applied, evaluations]).toEqual([[one, one, one], [one]]);
  expect(seen.slice(1)).toEqual([
    ["the rules do not compile", null],
    ["they still do not", null],
  ]);
  expect(warned).toHaveLength(1);
});

test("evaluates the kept document again while the server is away, when that failed at the start", async () => {
  const one = await serve("one", '"1"');
  await open(undefined, { persist: true }).start();
  await eventually("it is kept", () => discovery.status().confirmedAt);
  await discovery.stop();
  server.fail(path, ...Array<Fault>(500).fill({ status: 503 }));
  const problems = ["opa did not end in time", "opa did not end in time"];
  const evaluate = () => {
    const problem = problems.shift();
    if (problem !== undefined) throw new Error(problem);
  };
  await open(undefined, { persist: true, evaluate }).start();
  await eventually("the document is in force", () => discovery.current());
  expect([applied, discovery.status().failure?.stage]).toEqual([[one, one], "download"]);
});
