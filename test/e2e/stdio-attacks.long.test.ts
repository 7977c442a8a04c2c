import { eventually } from "../support/eventually.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { commandRoute } from "../support/stdio/command-route.ts";
import { allowTools, closeClients, fixtureCommand, stdioClient } from "../support/stdio/stdio-clients.ts";

const tools = "echo wait flood long-line stop-reading complain place tell-late ask exit twice".split(" ");

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({
    routes: [
      commandRoute("own", { run: fixtureCommand }),
      commandRoute("shared", { run: fixtureCommand, per: "route" }),
      commandRoute("few", { run: fixtureCommand, processes: 2 }),
      commandRoute("dead", { run: ["/bin/false"], start_timeout: "1s" }),
    ],
    policy: async (copy) => {
      for (const id of ["own", "shared", "few", "dead"]) await allowTools(copy, id, tools);
    },
  });
});
afterEach(closeClients);
afterAll(() => gateway?.close());

test("a command that writes 100 MB without the end of a line is ended after 8 of them", async () => {
  const client = await stdioClient(gateway, "own", "alice");
  const told = await client.client.callTool({ name: "long-line", arguments: { bytes: 100_000_000 } });
  expect(JSON.stringify(told)).toContain("upstream_ended");
  await gateway.told("a message is larger than 8388608 bytes");
  expect(await client.text("echo", { value: "again" })).toBe("again");
});

test("the caller of an answer with a name twice is told by name, and the command goes on", async () => {
  const client = await stdioClient(gateway, "own", "tess");
  const place = await client.text("place");
  const told = client.client.callTool({ name: "twice", arguments: {} });
  await expect(told).rejects.toThrow("[upstream_answer_refused]");
  await gateway.told("a name twice in one object");
  expect(await client.text("place")).toBe(place);
});

test("the answer of a command that floods its caller with notifications comes", async () => {
  // Each is a caller of its own: what a session cannot remember counts as untrusted, and judges its next call.
  for (const [sub, count] of [
    ["bob", 50_000],
    ["bea", 100_000],
  ] as const)
    expect(await (await stdioClient(gateway, "own", sub)).text("flood", { count })).toBe("flooded");
});

test("a command that floods the gateway with what is for nobody is ended", async () => {
  const [client, other] = await Promise.all([
    stdioClient(gateway, "shared", "dan"),
    stdioClient(gateway, "shared", "eve"),
  ]);
  // With two callers' calls under way nobody can tell whom a log message is for.
  const waiting = other.client.callTool({ name: "wait", arguments: {} });
  const told = await client.client.callTool({ name: "flood", arguments: { count: 100_000 } });
  expect(JSON.stringify([told, await waiting])).toMatch(/upstream_ended.*upstream_ended/);
  await gateway.told("it floods the gateway with messages that belong to nothing");
});

test("a command that does not read what it is sent is refused calls by name when 8 MB wait for it", async () => {
  const client = await stdioClient(gateway, "own", "carol");
  expect(await client.text("stop-reading")).toBe("deaf");
  const value = "x".repeat(200_000);
  const answers: string[] = [];
  // 42 of them are 8 MB, and as many as a pipe holds are on their way.
  for (let sent = 0; sent < 60; sent += 1)
    void client.client
      .callTool({ name: "echo", arguments: { value } })
      .then((told) => answers.push(JSON.stringify(told)))
      .catch((error: unknown) => answers.push(String(error)));
  const refused = () => answers.filter((one) => one.includes("upstream_busy")).length;
  await eventually("calls are refused", () => (refused() >= 15 ? true : null));
});

test("a command that cannot be started is told by name, and when to come again", async () => {
  await expect(stdioClient(gateway, "dead", "alice")).rejects.toThrow(/could not be started/);
  const ready = await eventually("it is told", async () => {
    const report = await fetch(`${gateway.console}/readyz`);
    const text = await report.text();
    return text.includes("tool-server") ? text : null;
  });
  expect(ready).toContain("the tool server of route dead has failed");
});

test("callers beyond the most processes are refused while all are busy, and served afterwards", async () => {
  const busy = await Promise.all(["a", "b"].map((sub) => stdioClient(gateway, "few", sub)));
  const begun: unknown[] = [];
  const onprogress = (one: unknown) => begun.push(one);
  const waits = busy.map(({ client }) => client.callTool({ name: "wait", arguments: {} }, undefined, { onprogress }));
  const ended = Promise.allSettled(waits);
  await eventually("both are under way", () => (begun.length === 2 ? true : null));
  await expect(stdioClient(gateway, "few", "c")).rejects.toThrow(/takes no more calls now/);
  await closeClients();
  await ended;
});

test("a question that comes after its call has ended reaches nobody who did not make it", async () => {
  const alice = await stdioClient(gateway, "shared", "alice", { elicitation: {} });
  const bob = await stdioClient(gateway, "shared", "bob", { elicitation: {} });
  const heard: string[] = [];
  for (const [name, { client }] of [
    ["alice", alice],
    ["bob", bob],
  ] as const)
    client.fallbackRequestHandler = async ({ method }) => {
      heard.push(`${name} ${method}`);
      return { action: "decline" };
    };
  expect(await alice.text("tell-late")).toBe("soon");
  await gateway.told("it asked for elicitation, and which caller it means cannot be told");
  expect(heard).toEqual([]);
});

test("a gateway that is killed takes its commands with it", async () => {
  const { pid } = JSON.parse(await (await stdioClient(gateway, "own", "zoe")).text("place")) as { pid: number };
  await gateway.kill("SIGKILL");
  await eventually("the command has ended", () => {
    try {
      process.kill(pid, 0);
      return null;
    } catch {
      return true;
    }
  });
});
