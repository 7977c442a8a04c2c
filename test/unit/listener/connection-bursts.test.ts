import { once } from "node:events";
import { type AddressInfo, connect, createServer, Server } from "node:net";
import { Turn } from "../../../gateway/lib/event-loop.ts";
import { ConnectionBursts } from "../../../gateway/listener/connection-bursts.ts";

const callers = 30;

/** How many of the callers that connect at once are connected when the call of the first one begins. */
async function connectedAtFirstCall(turnOf: (bursts: ConnectionBursts) => Turn): Promise<number> {
  const server = createServer();
  const bursts = new ConnectionBursts(() => 0);
  bursts.watch(server);
  const turn = turnOf(bursts);
  let connected = 0;
  const begun = new Promise<number>((resolve) => {
    server.once("connection", () => turn.atEnd(() => resolve(connected)));
    server.on("connection", (socket) => {
      connected += 1;
      socket.destroy();
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const sockets = Array.from({ length: callers }, () => connect(port, "127.0.0.1").on("error", () => undefined));
  const atFirst = await begun;
  for (const socket of sockets) socket.destroy();
  server.close();
  return atFirst;
}

test("accepts all callers that connect at once before the first call begins, and without it a few", async () => {
  // Each takes a turn of the event loop, of which the work of a call would be a part.
  expect(await connectedAtFirstCall((bursts) => new Turn(() => bursts.isOn()))).toBe(callers);
  expect(await connectedAtFirstCall(() => new Turn())).toBeLessThan(callers / 2);
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
