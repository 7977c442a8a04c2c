import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Response as Answer } from "express";
import express from "express";
import { EventStreams } from "../../../../gateway/admin/routes/events.ts";
import { signIn } from "../../../support/console/client.ts";
import { sampleApproval } from "../../../support/console/sample-approvals.ts";
import { healthyPolicy } from "../../../support/console/sample-policy.ts";
import { type RunningConsole, startConsole } from "../../../support/console/start-console.ts";
import { TestClock } from "../../../support/builders.ts";

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** Streams over real connections, opened as whoever the address says; `goesOn` says whether a session does. */
async function world(goesOn: (user: string) => Promise<boolean> = () => Promise.resolve(true)) {
  const failures: unknown[] = [];
  const logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (...failure: unknown[]) => failures.push(failure),
  };
  const streams = new EventStreams(new TestClock(), logger);
  const app = express();
  app.get("/:user", (req, res: Answer) => {
    const user = String(req.params["user"]);
    streams.open(user, res, { hello: {} }, () => goesOn(user));
  });
  const server = createServer(app);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closing.push(() => server.close().closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { streams, failures, open: (user: string) => openStream(`${url}/${user}`) };
}

async function openStream(url: string) {
  const answer = await fetch(url);
  const chunks = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    status: answer.status,
    /** All that has come, as soon as it holds this, or at the end. */
    async until(wanted?: string): Promise<string> {
      while (wanted === undefined || !text.includes(wanted)) {
        const { done = true, value = "" } = (await chunks?.read()) ?? {};
        text += value;
        if (done) break;
      }
      return text;
    },
  };
}

test("opens a stream for everybody while one person opens hundreds, and ends that person's oldest", async () => {
  const { streams, open } = await world();
  const honest = await open("alice");
  const first = await open("mallory");
  for (let n = 0; n < 300; n += 1) expect((await open("mallory")).status).toBe(200);
  const other = await open("bob");
  expect(await first.until()).toMatch(/retry: 60000\n\n$/);
  streams.send("approval", () => ({ id: "a_1" }));
  for (const stream of [honest, other]) expect(await stream.until("a_1")).toContain('data: {"id":"a_1"}');
  streams.close();
});

test("sends events in their order, although what the first one says takes longer to read", async () => {
  const { streams, open } = await world();
  const stream = await open("alice");
  const first = Promise.withResolvers<number>();
  streams.send("approval", () => first.promise);
  streams.send("approval", () => 2);
  await new Promise(setImmediate);
  first.resolve(1);
  expect(await stream.until("data: 2")).toMatch(/data: 1\n\nevent: approval\ndata: 2/);
});

test("ends a stream whose session is over and says so, and tells nothing to one whose session cannot be looked up until it can", async () => {
  let isAway = true;
  const { streams, open } = await world(async (user) => {
    if (isAway && user.startsWith("unknown")) throw new Error("locked");
    return user === "alice" || user === "unknown";
  });
  const [alice, over, unknown, unknownOver] = await Promise.all(
    ["alice", "over", "unknown", "unknown-over"].map((user) => open(user)),
  );
  streams.send("approval", () => ({ id: "a_1" }));
  expect(await alice!.until("a_1")).toContain("a_1");
  const beginning = "retry: 2000\nevent: hello\ndata: {}\n\n";
  expect(await over!.until()).toBe(`${beginning}event: ended\ndata: {}\n\n`);
  isAway = false;
  // Nobody says that it is back: it is found out.
  expect(await unknown!.until()).toBe(beginning);
  expect(await unknownOver!.until()).toBe(`${beginning}event: ended\ndata: {}\n\n`);
  streams.send("approval", () => ({ id: "a_2" }));
  expect(await alice!.until("a_2")).toContain("a_2");
});

test("goes on after an event that could not be read, and says so in the log", async () => {
  const { streams, failures, open } = await world();
  const stream = await open("alice");
  streams.send("approval", () => Promise.reject(new Error("locked")));
  streams.send("policy", () => 2);
  expect(await stream.until("data: 2")).not.toContain("approval");
  expect(failures).toMatchObject([["console: an event was not sent", { detail: "Error: locked" }]]);
});

describe("events of a running console", () => {
  let running: RunningConsole;
  beforeAll(async () => (running = await startConsole()));
  afterAll(() => running.close());

  test("tell approvals and policy as they change", async () => {
    const own = await signIn(running);
    const answer = await own.request("GET", "/api/events");
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const read = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await read()).toMatch(
      /^retry: 2000\nevent: hello\ndata: \{"now":\d+\}\n\nevent: policy\ndata: \{"active":.+\}\n\n$/,
    );
    await running.service.add(sampleApproval({ id: "a_live", created: Date.now() }));
    expect(await read()).toMatch(/^event: approval\ndata: \{"id":"a_live","state":"held"/);
    running.setPolicy(healthyPolicy(1));
    expect(await read()).toMatch(/^event: policy\n/);
    await reader.cancel();
  });

  test("tell nothing more to a page whose person has signed out", async () => {
    const own = await signIn(running);
    const answer = await own.request("GET", "/api/events");
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const read = async () => new TextDecoder().decode((await reader.read()).value);
    await read();
    expect((await own.request("POST", "/api/logout")).status).toBe(204);
    await running.service.add(sampleApproval({ id: "a_not_for_them", created: Date.now() }));
    expect(await read()).toBe("event: ended\ndata: {}\n\n");
    expect((await reader.read()).done).toBe(true);
  });
});
