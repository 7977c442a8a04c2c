import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { callbacks, callbackSender } from "../../../gateway/authzen/callbacks.ts";
import { asRefusal } from "../../../gateway/domain/errors.ts";
import type { AddressClass } from "../../../gateway/domain/route.ts";
import { assertOrigin, checkedLookup } from "../../../gateway/net/addresses.ts";
import { signedPost } from "../../../gateway/net/signed-post.ts";
import { TestClock, testIds } from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";

async function vetted(endpoint: string, allow: readonly string[], addressIsAllowed = true) {
  const resolved: string[] = [];
  const resolve = (host: string) => {
    resolved.push(host);
    return addressIsAllowed ? Promise.resolve() : Promise.reject(new Error("127.0.0.1 is loopback"));
  };
  const { vet } = callbacks({ allow, resolve, sender: { send: () => undefined } });
  const hint = await vet(endpoint).then(
    () => "accepted",
    (thrown: unknown) => asRefusal(thrown).hint,
  );
  return { hint, resolved };
}

test.each<[string, string, string]>([
  ["https://pep.example/cb", "https://pep.example/cb", "accepted"],
  ["https://pep.example/cb/1?x=2", "https://pep.example/cb", "accepted"],
  ["https://pep.example/cb/1", "https://pep.example/cb/", "accepted"],
  ["https://pep.example/cb/../cb/1", "https://pep.example/cb", "accepted"],
  ["https://pep.example/cba", "https://pep.example/cb", "it is not registered"],
  ["https://pep.example/cb/../admin", "https://pep.example/cb", "it is not registered"],
  ["https://pep.example/cb/%2e%2e%2fadmin", "https://pep.example/cb", "it is not registered"],
  ["https://pep.example/cb/..%5cadmin", "https://pep.example/cb", "it is not registered"],
  ["https://pep.example/cb/..;/admin", "https://pep.example/cb", "it is not registered"],
  ["https://pep.example/cb//admin", "https://pep.example/cb", "it is not registered"],
  ["https://pep.example:8443/cb", "https://pep.example/cb", "it is not registered"],
  ["http://pep.example/cb", "https://pep.example/cb", "it is not registered"],
  ["https://evil.example/cb", "https://pep.example/cb", "it is not registered"],
  ["https://user@pep.example/cb", "https://pep.example/cb", "it is not a plain URL"],
  ["https://:secret@pep.example/cb", "https://pep.example/cb", "it is not a plain URL"],
  ["https://pep.example/cb#x", "https://pep.example/cb", "it is not a plain URL"],
  ["pep.example/cb", "https://pep.example/cb", "it is not a plain URL"],
])("answers a caller that wants to be called back at %s, while %s is registered: %s", async (endpoint, allow, hint) => {
  expect((await vetted(endpoint, [allow])).hint).toBe(hint);
});

test("resolves the host of a registered endpoint only, without the brackets of IPv6", async () => {
  expect((await vetted("https://[::1]/cb", ["https://[::1]/cb"])).resolved).toEqual(["::1"]);
  expect((await vetted("https://evil.example/cb", ["https://pep.example/cb"])).resolved).toEqual([]);
  expect((await vetted("https://pep.example/cb", ["https://pep.example"], false)).hint).toBe(
    "its address is not allowed",
  );
});

let server: Server;
let port: number;
let heard: number;

beforeEach(async () => {
  heard = 0;
  server = createServer((_req, res) => {
    heard += 1;
    res.writeHead(204).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function sender(allowed: readonly AddressClass[]) {
  const said: string[] = [];
  const log = (message: string, fields?: object) => said.push(`${message} ${JSON.stringify(fields)}`);
  const addresses = new Set(allowed);
  const { send } = callbackSender({
    post: signedPost({
      keys: () => [Buffer.from("secret")],
      lookup: checkedLookup(addresses),
      assertOrigin: (origin) => assertOrigin(origin, addresses),
      timeoutMs: 60_000,
      clock: new TestClock(),
    }),
    ids: testIds(),
    logger: { debug: log, info: log, warn: log, error: log },
  });
  return { send, said };
}

test("delivers where the address is allowed", async () => {
  sender(["loopback"]).send(`http://localhost:${port}/cb`, {});
  await eventually("it arrives", () => (heard > 0 ? true : null));
});

test.each(["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])(
  "connects to no address that is not allowed, whatever was looked at before: %s",
  async (host) => {
    const { send, said } = sender(["public"]);
    send(`http://${host}:${port}/cb`, {});
    await eventually("it is refused", () => (said.some((line) => line.includes("is loopback")) ? true : null));
    expect(heard).toBe(0);
  },
);
