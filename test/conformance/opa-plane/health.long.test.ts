/** OPA's health API, asked of a real `opa run` and of a gateway before and after the first bundle: the same statuses and bodies. */
import { opaBuilt, team } from "../../support/bundles/opa-built.ts";
import type { Fault } from "../../support/bundles/bundle-server.ts";
import { eventually } from "../../support/eventually.ts";
import { bundlePath, type Client, gatewayClient, opaClient } from "./support/clients.ts";

const clients: Client[] = [];
beforeAll(async () => {
  const polling = { min_delay_seconds: 1, max_delay_seconds: 1 };
  const script = Array<Fault>(200).fill({ status: 404 });
  clients.push(await opaClient(polling, script), await gatewayClient(polling, script));
}, 60_000);
afterAll(() => Promise.all(clients.map((client) => client.stop())));

const queries = [
  ...["", "?bundles", "?bundle", "?bundles=true", "?bundles=TRUE", "?bundles=false", "?bundles=1"],
  ...["?bundles=false&bundles=true", "?plugins", "?plugins=true", "?bundles&plugins", "?bundles&plugins&other=1"],
  ...["?plugins&exclude-plugin=bundle", "?plugins&exclude-plugin=status", "?plugins&exclude-plugin="],
  ...["?plugins&exclude-plugin=status&exclude-plugin=bundle", "?bundles&plugins&exclude-plugin=bundle"],
];

async function answers(): Promise<unknown[]> {
  return Promise.all(
    clients.map(async (client) => {
      const asked = queries.map(async (query) => {
        const { status, body } = await client.ask(`/health${query}`);
        return [query, { status, body }] as const;
      });
      return Object.fromEntries(await Promise.all(asked));
    }),
  );
}

const notYet = { status: 500, body: { error: "one or more bundles are not activated: team" } };
const isWell = { status: 200, body: {} };

test("says what opa says while no bundle is active, once one is, and when the next one does not come", async () => {
  const [opasBefore, ownBefore] = await answers();
  expect(ownBefore).toEqual(opasBefore);
  expect(opasBefore).toMatchObject({ "": isWell, "?bundles": notYet, "?plugins&exclude-plugin=bundle": isWell });
  expect(opasBefore).toMatchObject({ "?plugins": { body: { error: "one or more plugins are not up" } } });

  const bytes = await opaBuilt(team("one"));
  for (const { server } of clients) {
    server.faults.delete(bundlePath);
    server.serve(bundlePath, bytes, '"1"');
  }
  for (const client of clients)
    await eventually("it is well", async () => ((await client.ask("/health?plugins")).status === 200 ? true : null));
  const [opasAfter, ownAfter] = await answers();
  expect(ownAfter).toEqual(opasAfter);
  expect(new Set(Object.values(opasAfter as object).map((one) => JSON.stringify(one)))).toEqual(
    new Set([JSON.stringify(isWell)]),
  );

  const counts = clients.map(({ server }) => server.asks(bundlePath).length);
  for (const { server } of clients) server.fail(bundlePath, ...Array<Fault>(200).fill({ status: 503 }));
  await Promise.all(clients.map(({ server }, index) => server.askedTimes(bundlePath, (counts[index] ?? 0) + 3)));
  expect(await answers()).toEqual([opasAfter, opasAfter]);
}, 120_000);
