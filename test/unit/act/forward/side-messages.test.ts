import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";
import { noInjection } from "../../../../gateway/act/credentials/injection.ts";
import { type SideBounds, SideMessages } from "../../../../gateway/act/forward/side-messages.ts";
import { route, toolCall } from "../../../support/builders.ts";
import { eventually } from "../../../support/eventually.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const long = 600_000;

/** A server that answers as it is told, reached over one connection. */
async function world(answer: (res: ServerResponse) => void, bounds: SideBounds) {
  const seen = { heard: [] as string[], cut: 0 };
  const server = createServer((req, res) => {
    let body = "";
    req.on("data", (chunk) => (body += String(chunk)));
    req.on("end", () => {
      seen.heard.push(body);
      answer(res);
    });
    req.socket.once("close", () => seen.cut++);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pool = new Pool(origin, { connections: 1, pipelining: 1 });
  closing.push(
    () => new Promise((done) => server.close(done)),
    () => server.closeAllConnections(),
    () => pool.destroy(),
  );
  const base = route({ protocol: "mcp" });
  const call = toolCall({ route: { ...base, upstream: { ...base.upstream, origin } } });
  /** Over the same connection, with bounds of its own. */
  const posting = (own: SideBounds) => {
    const messages = new SideMessages(() => pool, own);
    return (text: string, withinMs?: number) =>
      messages.post(call, { headers: [], injection: noInjection }, text, {
        over: null,
        ...(withinMs === undefined ? {} : { withinMs }),
      });
  };
  return { seen, posting, post: posting(bounds) };
}

test("a message that is not answered in time is ended, and so is one whose answer does not end", async () => {
  for (const answer of [() => {}, (res: ServerResponse) => res.writeHead(200).flushHeaders()]) {
    const { seen, post } = await world(answer, { mostOpen: 9, openMs: 50 });
    await post("one");
    await eventually("the connection is cut", () => (seen.cut === 1 ? true : null));
    expect(seen.heard).toEqual(["one"]);
  }
});

test("a message that waited for a connection for too long is not sent any more", async () => {
  const answers: ServerResponse[] = [];
  const { seen, post, posting } = await world((res) => void answers.push(res), { mostOpen: 9, openMs: long });
  const one = post("one");
  await eventually("the first message", () => (seen.heard.includes("one") ? true : null));
  expect(await posting({ mostOpen: 9, openMs: 10 })("two")).toBeNull();
  const third = post("three");
  answers[0]?.writeHead(202).end();
  await eventually("the third message", () => (seen.heard.includes("three") ? true : null));
  answers[1]?.writeHead(202).end();
  expect([await one, await third, seen.heard]).toEqual([202, 202, ["one", "three"]]);
});

test("no more than so many are open, and the next is sent when one has ended", async () => {
  const answers: ServerResponse[] = [];
  const { seen, post } = await world((res) => void answers.push(res), { mostOpen: 2, openMs: long });
  const [one, two] = [post("one"), post("two")];
  expect(await post("three")).toBeNull();
  const answered = async (count: number) => {
    await eventually("a message", () => (answers.length === count ? true : null));
    answers[count - 1]?.writeHead(202).end();
  };
  await answered(1);
  await answered(2);
  expect(await Promise.all([one, two])).toEqual([202, 202]);
  const four = eventually("room", async () => {
    const sent = post("four");
    return Promise.race([sent, eventually("the fourth message", () => seen.heard[2] ?? null)]);
  });
  expect(await four).toBe("four");
  await answered(3);
  expect(seen.heard).toEqual(["one", "two", "four"]);
});

test("who waits less long than the message is open is told at once, and the message goes on", async () => {
  const answers: ServerResponse[] = [];
  const { seen, post } = await world((res) => void answers.push(res), { mostOpen: 9, openMs: long });
  expect(await post("one", 1)).toBeNull();
  await eventually("the message", () => seen.heard[0] ?? null);
  expect(seen.cut).toBe(0);
});
