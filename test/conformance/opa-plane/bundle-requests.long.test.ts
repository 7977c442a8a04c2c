/**
 * One script of answers, given by the same bundle server to a real `opa run` and to a gateway: both ask for the same, with the same
 * headers, in the same order, and judge by the same bundles afterwards.
 */
import type { Asked, Fault } from "../../support/bundles/bundle-server.ts";
import { opaBuilt, packed, team } from "../../support/bundles/opa-built.ts";
import { eventually } from "../../support/eventually.ts";
import { bundlePath as path, type Client, gatewayClient, opaClient, type Polling } from "./support/clients.ts";

const longPoll = "application/vnd.openpolicyagent.bundles";
let [one, two, three]: Buffer[] = [];
let unfit: Buffer;
beforeAll(async () => {
  [one, two, three] = await Promise.all(
    ["one", "two", "three"].map((name) => opaBuilt(team(name), ["--revision", `r-${name}`])),
  );
  unfit = await packed({ "team/team.rego": "package team\n\ntold := no.such.function(1)\n" });
});

interface Comparable {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** What may differ: who asks, how its connections are kept and compressed, its secret, and that it takes deltas. */
function comparable({ method, path: asked, headers }: Asked): Comparable {
  const { host: _host, "user-agent": _agent, "accept-encoding": _encoding, connection: _connection, ...rest } = headers;
  return {
    method,
    path: asked,
    headers: {
      ...rest,
      authorization: String(headers.authorization).replace(/ \S+$/, " [token]"),
      prefer: String(headers["prefer"]).replace("modes=snapshot,delta", "modes=snapshot"),
    },
  };
}

async function both(polling: Polling, script: readonly Fault[], check: (clients: Client[]) => Promise<void>) {
  const clients: Client[] = [];
  try {
    clients.push(await opaClient(polling, script), await gatewayClient(polling, script));
    await check(clients);
  } finally {
    await Promise.all(clients.map((client) => client.stop()));
  }
}

async function requestsOf(clients: readonly Client[], count: number) {
  const asked = await Promise.all(clients.map(({ server }) => server.askedTimes(path, count)));
  return asked.map((requests) => requests.slice(0, count).map(comparable));
}

test("polls as opa does through every answer a server may give, and ends with the same bundle", async () => {
  const script: Fault[] = [
    { bytes: one!, etag: '"1"' },
    { status: 304 },
    { bytes: two!, etag: '"2"' },
    { status: 500 },
    { status: 503 },
    { status: 404 },
    { status: 304 },
    { bytes: Buffer.from("no archive"), etag: '"bad"' },
    "half",
    { bytes: unfit, etag: '"unfit"' },
    { bytes: unfit, etag: '"unfit"' },
    "hang",
    { status: 304 },
    { bytes: three!, etag: '"3"' },
    ...Array<Fault>(60).fill({ status: 304 }),
  ];
  await both({ min_delay_seconds: 1, max_delay_seconds: 1 }, script, async (clients) => {
    const [ofOpa, ofGateway] = await requestsOf(clients, 16);
    expect(ofGateway).toEqual(ofOpa);
    const conditions = ofOpa?.map(({ headers }) => headers["if-none-match"]);
    const [first, ...rest] = conditions ?? [];
    expect(first).toBeUndefined();
    expect(rest).toEqual([...Array(2).fill('"1"'), ...Array(11).fill('"2"'), ...Array(2).fill('"3"')]);
    for (const client of clients)
      expect(
        await eventually("its revision", async () => ((await client.revision()) === "r-three" ? true : null)),
      ).toBe(true);
  });
}, 180_000);

test("waits for news as opa does, and stops to wait where the server does not say that it can", async () => {
  const script: Fault[] = [
    { bytes: one!, etag: '"1"', type: longPoll },
    { status: 304 },
    { status: 304, headers: { "content-type": "text/plain" } },
    { bytes: two!, etag: '"2"', type: longPoll },
    { status: 500 },
    { status: 304 },
    { bytes: three!, etag: '"3"' },
    { status: 304 },
    ...Array<Fault>(60).fill({ status: 304 }),
  ];
  const polling = { min_delay_seconds: 1, max_delay_seconds: 1, long_polling_timeout_seconds: 5 };
  await both(polling, script, async (clients) => {
    const [ofOpa, ofGateway] = await requestsOf(clients, 9);
    expect(ofGateway?.slice(1)).toEqual(ofOpa?.slice(1));
    // The gateway does not ask to wait while it has nothing.
    expect(ofGateway?.[0]).toEqual({
      ...ofOpa?.[0],
      headers: { ...ofOpa?.[0]?.headers, prefer: "modes=snapshot" },
    });
    const waits = ofOpa?.map(({ headers }) => headers["prefer"]);
    expect(waits).toEqual([...Array(7).fill("modes=snapshot;wait=5"), ...Array(2).fill("modes=snapshot")]);
  });
}, 180_000);

test("starts from what it kept, as opa does, and asks for everything then", async () => {
  const script: Fault[] = [{ bytes: one!, etag: '"1"' }, { status: 304 }];
  await both({ min_delay_seconds: 1, max_delay_seconds: 1 }, script, async (clients) => {
    await requestsOf(clients, 2);
    for (const { server } of clients) {
      server.faults.delete(path);
      server.fail(path, ...Array<Fault>(60).fill({ status: 503 }));
    }
    for (const client of clients) {
      await client.startAgain();
      expect(await eventually("its revision", async () => (await client.revision()) ?? null)).toBe("r-one");
      const last = () => client.server.asks(path).at(-1)?.headers["if-none-match"];
      await eventually("it asks for everything", () => (last() === undefined ? true : null));
    }
  });
}, 180_000);
