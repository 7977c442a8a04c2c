/** The same bundle server, told by a real `opa run` and by a gateway how the bundle is: the same bodies, ids, times and texts aside. */
import { opaBuilt, packed, team } from "../../support/bundles/opa-built.ts";
import type { Fault } from "../../support/bundles/bundle-server.ts";
import { eventually } from "../../support/eventually.ts";
import { bundlePath, type Client, gatewayClient, opaClient } from "./support/clients.ts";

const statusPath = "/v1/status";
const polling = { min_delay_seconds: 1, max_delay_seconds: 1 };
const clients: Client[] = [];
let [one, two]: Buffer[] = [];
let unfit: Buffer;
beforeAll(async () => {
  [one, two] = await Promise.all(["one", "two"].map((name) => opaBuilt(team(name), ["--revision", `r-${name}`])));
  unfit = await packed({ "team/team.rego": "package team\n\ntold := no.such.function(1)\n" });
  const script = Array<Fault>(200).fill({ status: 404 });
  clients.push(await opaClient(polling, script), await gatewayClient(polling, script));
}, 60_000);
afterAll(() => Promise.all(clients.map((client) => client.stop())));

interface Body {
  readonly labels: Readonly<Record<string, string>>;
  readonly bundles?: Readonly<Record<string, BundleBody>>;
  readonly plugins: Readonly<Record<string, unknown>>;
}

interface BundleBody {
  readonly active_revision?: string;
  readonly code?: string;
  readonly message?: string;
  readonly http_code?: number;
  readonly errors?: readonly { readonly location: { readonly col?: number } }[];
  readonly metrics?: unknown;
}

/** What may differ: ids, versions, times, timers, the gateway's own labels, and texts of its own. */
function comparable({ labels, bundles = {}, plugins }: Body): object {
  const { id: _id, version: _version, instance: _instance, environment: _environment, ...rest } = labels;
  // A gateway has no discovery.
  const { discovery: _discovery, ...states } = plugins;
  const told = Object.entries(bundles).map(([name, bundle]) => [name, comparableBundle(bundle)] as const);
  return { labels: rest, bundles: Object.fromEntries(told), plugins: states };
}

function comparableBundle(bundle: BundleBody): object {
  const { metrics: _timers, ...members } = bundle;
  const entries = Object.entries(members).map(([name, value]) => {
    if (name.startsWith("last_")) return [name, value === "0001-01-01T00:00:00Z" ? "never" : "a time"] as const;
    if (name === "errors") return [name, bundle.errors?.map(withoutColumn)] as const;
    const isOwnText = name === "message" && bundle.http_code === undefined && bundle.errors === undefined;
    return [name, isOwnText ? "a text" : value] as const;
  });
  return Object.fromEntries(entries);
}

/** `opa build`, which the gateway runs, names no column. */
function withoutColumn({ location, ...error }: NonNullable<BundleBody["errors"]>[number]): object {
  const { col: _col, ...place } = location;
  return { ...error, location: place };
}

/** What each has told last, once `team` is so in it. */
function told(isSo: (team: BundleBody) => boolean): Promise<object[]> {
  return Promise.all(
    clients.map(({ server }) =>
      eventually("the state is told", () => {
        const body = server.told.at(-1) as Body | undefined;
        const bundle = body?.bundles?.["team"];
        const isSettled = bundle?.active_revision === undefined || isReady(body);
        return bundle !== undefined && isSettled && isSo(bundle) ? comparable(body as Body) : null;
      }),
    ),
  );
}

/** OPA tells of a first activation twice: before its plugin is ready, and after. */
const isReady = (body: Body | undefined): boolean => JSON.stringify(body?.plugins["bundle"]) === '{"state":"OK"}';

function serve(bytes: Buffer, etag: string): void {
  for (const { server } of clients) {
    server.faults.delete(bundlePath);
    server.serve(bundlePath, bytes, etag);
  }
}

function fail(fault: Fault): void {
  for (const { server } of clients) {
    server.faults.delete(bundlePath);
    server.fail(bundlePath, ...Array<Fault>(200).fill(fault));
  }
}

test("tells of nothing, of the first bundle, of answers that are none, of rules that do not compile, and of the next bundle", async () => {
  const [opaNone, ownNone] = await told(({ http_code }) => http_code === 404);
  expect(ownNone).toEqual(opaNone);
  expect(opaNone).toMatchObject({
    labels: { region: "eu" },
    bundles: { team: { message: "server replied with Not Found", last_successful_activation: "never" } },
    plugins: { bundle: { state: "NOT_READY" }, status: { state: "OK" } },
  });

  serve(one as Buffer, '"1"');
  const [opaOne, ownOne] = await told(({ active_revision, code }) => active_revision === "r-one" && code === undefined);
  expect(ownOne).toEqual(opaOne);
  expect(opaOne).toMatchObject({ bundles: { team: { size: one?.length } }, plugins: { bundle: { state: "OK" } } });

  fail({ status: 503 });
  const [opaAway, ownAway] = await told(({ http_code }) => http_code === 503);
  expect(ownAway).toEqual(opaAway);

  fail({ bytes: Buffer.from("no archive"), etag: '"bad"' });
  const [opaBad, ownBad] = await told(({ code, http_code }) => code !== undefined && http_code === undefined);
  expect(ownBad).toEqual(opaBad);

  fail({ bytes: unfit, etag: '"unfit"' });
  const [opaUnfit, ownUnfit] = await told(({ errors }) => errors !== undefined);
  expect(ownUnfit).toEqual(opaUnfit);
  expect(opaUnfit).toMatchObject({ bundles: { team: { active_revision: "r-one", code: "bundle_error" } } });

  serve(two as Buffer, '"2"');
  const [opaTwo, ownTwo] = await told(({ active_revision, code }) => active_revision === "r-two" && code === undefined);
  expect(ownTwo).toEqual(opaTwo);
  const kept = opaTwo as { readonly bundles: { readonly team: object } };
  expect(Object.keys(kept.bundles.team).sort()).toEqual([
    ...["active_revision", "last_request", "last_successful_activation", "last_successful_download"],
    ...["last_successful_request", "name", "size", "type"],
  ]);
}, 180_000);

test("posts with the same headers, again after each request for the bundle", async () => {
  const asked = clients.map(({ server }) => server.asks(statusPath).length);
  const last = await Promise.all(
    clients.map(({ server }, index) => server.askedTimes(statusPath, (asked[index] ?? 0) + 2)),
  );
  const [opas, own] = last.map((requests) => {
    const { method, headers } = requests.at(-1) as (typeof requests)[number];
    const { "content-type": type, "x-tenant": tenant, authorization = "" } = headers;
    return { method, type, tenant, authorization: authorization.replace(/ \S+$/, " [token]") };
  });
  expect(own).toEqual(opas);
  expect(opas).toMatchObject({ method: "POST", authorization: "Bearer [token]", tenant: "acme" });
}, 60_000);
