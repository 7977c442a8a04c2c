/**
 * Delta bundles of one server, taken by a real `opa run` and by a gateway: the same requests, the same data afterwards, and the same bodies of
 * the status, ids, times and texts aside.
 */
import { packed, team } from "../../support/bundles/opa-built.ts";
import { eventually } from "../../support/eventually.ts";
import { bundlePath, type Client, dataToken, gatewayClient, opaClient, serveAll } from "./support/clients.ts";
import { type BundleBody, toldByAll } from "./support/told.ts";

const polling = { min_delay_seconds: 1, max_delay_seconds: 1 };
const roots = ["team", "shared/limits"];
const api = {
  data_api: { paths: ["team", "shared"], clients: { checkout: { token: dataToken } }, roles: ["operator"] },
};
const snapshot = {
  ...team("rules"),
  ".manifest": JSON.stringify({ revision: "r-0", roots, metadata: { by: "snapshot" } }),
  "team/limits/data.json": JSON.stringify({ eu: { max: 5, "a/b": 1 }, list: [1, 2, 3], none: null }),
  "shared/limits/data.json": JSON.stringify({ per_day: 10 }),
};

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

function delta(
  revision: string,
  data: readonly Operation[] | null,
  more: Record<string, string> = {},
): Promise<Buffer> {
  const files = { ".manifest": JSON.stringify({ revision, roots }), "patch.json": JSON.stringify({ data }), ...more };
  return packed(files);
}

let clients: Client[] = [];
afterEach(() => Promise.all(clients.map((client) => client.stop())));
async function start(): Promise<void> {
  clients = [await opaClient(polling, [], false), await gatewayClient(polling, [], api, false)];
}

const told = (isSo: (team: BundleBody) => boolean) => toldByAll(clients, isSo);
const isActive = (revision: string) =>
  told(({ active_revision, code }) => active_revision === revision && code === undefined);

/** Documents that both answer with. */
async function documents(): Promise<unknown> {
  const [ofOpa, ofGateway] = await Promise.all(
    clients.map((client) => Promise.all(["/v1/data/team", "/v1/data/shared"].map((path) => resultOf(client, path)))),
  );
  expect(ofGateway).toEqual(ofOpa);
  return ofOpa;
}

async function resultOf(client: Client, path: string): Promise<unknown> {
  const { body } = await client.ask(path, "{}");
  return (body as { readonly result?: unknown }).result;
}

/** Serves it, and expects both to be as they say in the end. */
async function serves(bytes: Buffer, etag: string, isSo: (etag: string) => Promise<object[]>): Promise<object> {
  serveAll(clients, bytes, etag);
  const [ofOpa, ofGateway] = await isSo(etag);
  expect(ofGateway).toEqual(ofOpa);
  return ofOpa as object;
}

test("applies each operation to the data as opa does, and tells the status that opa tells", async () => {
  await start();
  await serves(await packed(snapshot), '"0"', () => isActive("r-0"));
  const operations: Operation[] = [
    { op: "upsert", path: "/team/limits/us/max", value: 7 },
    { op: "upsert", path: "team/limits/eu/max", value: { soft: 1, hard: 2 } },
    { op: "replace", path: "/team/limits/eu/a~1b", value: [true] },
    { op: "upsert", path: "/team/limits/list/1", value: "between" },
    { op: "upsert", path: "/team/limits/list/-", value: "last" },
    { op: "upsert", path: "/team/limits/list/5", value: "behind" },
    { op: "replace", path: "/team/limits/list/0", value: "first" },
    { op: "remove", path: "/team/limits/list/3" },
    { op: "upsert", path: "/team/limits/none", value: {} },
    { op: "upsert", path: "/team/limits/none/below", value: "%" },
    { op: "upsert", path: "/team/limits/__proto__/a%20b", value: 1 },
    { op: "upsert", path: "/team/limits/no_value" },
    { op: "remove", path: "/shared/limits/per_day" },
  ];
  const one = await serves(await delta("r-1", operations), '"1"', () => isActive("r-1"));
  expect(one).toMatchObject({ bundles: { team: { type: "delta", active_revision: "r-1" } } });
  expect(await documents()).toMatchObject([
    {
      told: "rules",
      limits: { us: { max: 7 }, eu: { max: { hard: 2 } }, list: ["first", "between", 2, "last", "behind"] },
    },
    { limits: {} },
  ]);
  await serves(await delta("", [{ op: "upsert", path: "/shared/limits/a", value: 1 }]), '"2"', () =>
    told(({ active_revision, code }) => active_revision === undefined && code === undefined),
  );
  await documents();
  const back = await serves(await packed(snapshot), '"3"', () => isActive("r-0"));
  expect(back).toMatchObject({ bundles: { team: { type: "snapshot" } } });
  await documents();
  for (const { server } of clients)
    await eventually("the last ETag is sent", () =>
      server.asks(bundlePath).at(-1)?.headers["if-none-match"] === '"3"' ? true : null,
    );
  const [ofOpa, ofGateway] = clients.map(({ server }) =>
    server.asks(bundlePath).map(({ headers }) => [headers["prefer"], headers["if-none-match"]].join(" ")),
  );
  const distinct = (asked: readonly string[] | undefined) => [...new Set(asked)];
  expect(distinct(ofGateway)).toEqual(distinct(ofOpa));
  expect(distinct(ofOpa)).toContain('modes=snapshot,delta "1"');
}, 120_000);

/** The gateway finds it as it compiles all sources, and has its own words for it. */
const inRules = "a value where rules are";

function withoutWords(body: object): object {
  const { bundles, ...rest } = body as { readonly bundles: { readonly team: Record<string, unknown> } };
  const { message: _message, errors: _errors, ...bundle } = bundles.team;
  return { ...rest, bundles: { team: bundle } };
}

test("takes no delta that opa does not take, keeps the data, and asks as before", async () => {
  await start();
  await serves(await packed(snapshot), '"0"', () => isActive("r-0"));
  const before = await documents();
  const good: Operation = { op: "upsert", path: "/team/limits/eu/max", value: 6 };
  const bad: readonly (readonly [string, Buffer])[] = await Promise.all(
    Object.entries({
      "an operation that is none": delta("r-1", [good, { op: "add", path: "/team/limits/a", value: 1 }]),
      "what is not there": delta("r-1", [good, { op: "remove", path: "/team/limits/gone" }]),
      "a replacement of nothing": delta("r-1", [good, { op: "replace", path: "/team/limits/eu/min", value: 1 }]),
      "a path below a number": delta("r-1", [good, { op: "upsert", path: "/team/limits/eu/max/a/b", value: 1 }]),
      "a place beyond the list": delta("r-1", [good, { op: "upsert", path: "/team/limits/list/9", value: 1 }]),
      "a path outside the roots": delta("r-1", [good, { op: "upsert", path: "/other/a", value: 1 }]),
      "other roots": delta("r-1", [good], { ".manifest": JSON.stringify({ revision: "r-1", roots: ["team"] }) }),
      "no manifest, so all roots": delta("r-1", [good], { ".manifest": "{}" }),
      "rules beside it": delta("r-1", [good], { "team/more.rego": "package team\n\nmore := 1\n" }),
      "a patch that is no JSON": delta("r-1", [good], { "patch.json": "{" }),
      [inRules]: delta("r-1", [{ op: "upsert", path: "/team/told", value: 1 }]),
    }).map(async ([what, bytes]) => [what, await bytes] as const),
  );
  for (const [what, bytes] of bad) {
    serveAll(clients, bytes, `"${what}"`);
    const bodies = await told(({ code }) => code !== undefined);
    const [ofOpa, ofGateway] = bodies.map((body) => (what === inRules ? withoutWords(body) : body));
    expect([what, ofGateway]).toEqual([what, ofOpa]);
    for (const { server } of clients) expect(server.asks(bundlePath).at(-1)?.headers["if-none-match"]).toBe('"0"');
    expect(await documents()).toEqual(before);
    await serves(await packed(snapshot), '"0"', () => isActive("r-0"));
  }
}, 240_000);

test("applies a delta to nothing where it comes first, as opa does, and a snapshot replaces it", async () => {
  await start();
  const first = await delta("r-1", [{ op: "upsert", path: "/team/limits/eu", value: 6 }]);
  await serves(first, '"1"', () => isActive("r-1"));
  expect(await documents()).toEqual([{ limits: { eu: 6 } }, undefined]);
  await serves(await packed(snapshot), '"2"', () => isActive("r-0"));
  await documents();
}, 120_000);

test("takes no delta where a bundle is to be kept for the next start, and does not ask for one", async () => {
  clients = [await opaClient(polling, [], true), await gatewayClient(polling, [], api, true)];
  await serves(await packed(snapshot), '"0"', () => isActive("r-0"));
  const patch = await delta("r-1", [{ op: "upsert", path: "/team/limits/eu", value: 6 }]);
  await serves(patch, '"1"', () => told(({ code }) => code !== undefined));
  await documents();
  const prefers = clients.map(({ server }) => server.asks(bundlePath).at(-1)?.headers["prefer"]);
  expect(prefers).toEqual(["modes=snapshot,delta", "modes=snapshot"]);
  for (const client of clients) {
    await client.startAgain();
    expect(await eventually("what it kept", async () => (await client.revision()) ?? null)).toBe("r-0");
  }
}, 120_000);
