/** The same bundle server, told by a real `opa run` and by a gateway how the bundle is: the same bodies, ids, times and texts aside. */
import { opaBuilt, packed, team } from "../../support/bundles/opa-built.ts";
import type { Fault } from "../../support/bundles/bundle-server.ts";
import { bundlePath, type Client, gatewayClient, opaClient, serveAll } from "./support/clients.ts";
import { type BundleBody, toldByAll } from "./support/told.ts";

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

const told = (isSo: (team: BundleBody) => boolean) => toldByAll(clients, isSo);

const serve = (bytes: Buffer, etag: string): void => serveAll(clients, bytes, etag);

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
