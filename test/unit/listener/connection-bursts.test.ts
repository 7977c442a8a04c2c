import { once } from "node:events";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, Server } from "node:net";
import { Turn } from "../../../gateway/lib/event-loop.ts";
import { ConnectionBursts } from "../../../gateway/listener/connection-bursts.ts";

const callers = 30;

/** How many of the callers that connect at once are connected when the call of the first one begins. */
async function connectedAtFirstCall(turnOf: (bursts: ConnectionBursts) => Turn): Promise<number> {
  const server = new Server();
  const bursts = new ConnectionBursts(() => 0);
  bursts.watch(server);
  const turn = turnOf(bursts);
  let connected = 0;
  const begun = new Promise<number>((resolve) => {
    server.once("connection", () => turn.atEnd(() => resolve(connected)));
    server.on("connection", () => (connected += 1));
  });
  // One in each turn of the event loop, as Node accepts them.
  const accept = (): void => {
    server.emit("connection");
    if (connected < callers) setImmediate(accept);
  };
  setImmediate(accept);
  return begun;
}

test("accepts all callers that connect at once before the first call begins, and without it one", async () => {
  // Each takes a turn of the event loop, of which the work of a call would be a part.
  expect(await connectedAtFirstCall((bursts) => new Turn(() => bursts.isOn()))).toBe(callers);
  expect(await connectedAtFirstCall(() => new Turn())).toBe(1);
});

test("connections of TLS count when they are accepted, before their handshake", async () => {
  const server = createTlsServer();
  const bursts = new ConnectionBursts(() => 0);
  bursts.watch(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const accepted = once(server, "connection");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await accepted;
  expect(bursts.isOn()).toBe(true);
  client.destroy();
  server.close();
});

test("lets calls begin in the first turn without a connection", () => {
  const server = new Server();
  const bursts = new ConnectionBursts(() => 0);
  bursts.watch(server);
  expect(bursts.isOn()).toBe(false);
  server.emit("connection");
  expect(bursts.isOn()).toBe(true);
  expect(bursts.isOn()).toBe(false);
});

test("lets calls begin after ten milliseconds of connections, each time", () => {
  const server = new Server();
  let now = 0;
  const bursts = new ConnectionBursts(() => now);
  bursts.watch(server);
  const answers = Array.from({ length: 16 }, () => {
    server.emit("connection");
    now += 2;
    return bursts.isOn();
  });
  const once = [true, true, true, true, true, false];
  expect(answers).toEqual([...once, ...once, ...once.slice(0, 4)]);
});
