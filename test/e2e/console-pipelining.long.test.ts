import { statusesOf, sendRaw } from "../support/raw-client.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({ routes: [] });
});
afterAll(() => gateway.close());

test("the console handles pipelined requests of one connection in order, and does not begin all of them at once", async () => {
  const { host } = new URL(gateway.console);
  const tries = Array.from({ length: 24 }, (_, index) => {
    const body = JSON.stringify({ user: `nobody-${index}`, password: "wrong" });
    const connection = index === 23 ? "close" : "keep-alive";
    return `POST /api/login HTTP/1.1\r\nHost: ${host}\r\nConnection: ${connection}\r\nOrigin: ${gateway.console}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  });
  // More than the queue of passwords takes from one address at once.
  const answers = await sendRaw(gateway.console, tries.join(""), 60_000);
  expect(statusesOf(answers)).toEqual(tries.map(() => 401));
});
