import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Response as Answer } from "express";
import express from "express";
import { eventStreams } from "../../../../gateway/admin/routes/events.ts";
import { TestClock } from "../../../support/builders.ts";

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** Streams over real connections, opened as whoever the address says. */
async function world() {
  const streams = eventStreams(new TestClock());
  const app = express();
  app.get("/:user", (req, res: Answer) => streams.open(String(req.params["user"]), res, {}, () => true));
  const server = createServer(app);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closing.push(() => server.close().closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  async function open(user: string) {
    const answer = await fetch(`${url}/${user}`);
    const text = answer.text();
    return { status: answer.status, text };
  }
  return { streams, open };
}

test("opens a stream for everybody while one person opens hundreds, and ends that person's oldest", async () => {
  const { streams, open } = await world();
  const honest = await open("alice");
  const first = await open("mallory");
  for (let n = 0; n < 300; n += 1) expect((await open("mallory")).status).toBe(200);
  const other = await open("bob");
  expect(await first.text).toMatch(/retry: 60000\n\n$/);
  streams.tell("approval", { id: "a_1" });
  streams.close();
  for (const stream of [honest, other]) expect(await stream.text).toContain('data: {"id":"a_1"}');
});
