import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { assertOrigin, checkedLookup } from "../../../gateway/net/addresses.ts";
import { signedPost } from "../../../gateway/net/signed-post.ts";
import { callbackSender } from "../../../gateway/authzen/callback-sender.ts";
import type { AddressClass } from "../../../gateway/domain/route.ts";
import { TestClock, testIds } from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";

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
      timeoutMs: 2_000,
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
