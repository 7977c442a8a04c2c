/** Tasks outlive the process: what was told to a client is on disk before. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { extension, type Seen, type Speaker, speakerAt, taskIdOf } from "../support/mcp-messages.ts";
import { type Answer, recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let upstream: RecordingUpstream;
let gateway: TestGateway;

const done: Answer = (_req, res, { body }) => {
  const { id } = JSON.parse(body.toString()) as { id: unknown };
  const result = { resultType: "complete", content: [{ type: "text", text: "deleted" }] };
  res.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id, result }));
};
const silent: Answer = () => undefined;

beforeAll(async () => {
  upstream = await recordingUpstream(done);
  gateway = await startGateway({ routes: [crmRoute(upstream.origin)] });
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));
beforeEach(() => {
  upstream.requests.length = 0;
});

const eras = [
  { version: "2025-11-25", task: { task: {} } },
  { version: "2026-07-28", task: {} },
] as const;

interface Held {
  readonly agent: Speaker;
  readonly taskId: string;
}

/** One call a version, held. */
function heldTasks(what: string): Promise<Held[]> {
  return Promise.all(
    eras.map(async ({ version, task }) => {
      const agent = speakerAt(gateway, version, { capabilities: extension });
      const params = { name: "delete_customer", arguments: { customer_id: `${what}-${version}` }, ...task };
      return { agent, taskId: taskIdOf(await agent.ask("tools/call", params)) };
    }),
  );
}

async function approveAll(): Promise<void> {
  const approver = await gateway.approver();
  for (const { id, state } of await approver.open()) if (state === "held") await approver.approve(id);
}

async function restart(): Promise<void> {
  await gateway.kill("SIGKILL");
  await gateway.startAgain();
}

function states(held: readonly Held[]): Promise<(Seen | undefined)[]> {
  return Promise.all(held.map(async ({ agent, taskId }) => (await agent.ask("tasks/get", { taskId })).result));
}

test("survive a kill while held and after execution, and their calls run exactly once", async () => {
  const held = await heldTasks("kept");
  await restart();
  expect(await states(held)).toEqual(held.map(({ taskId }) => expect.objectContaining({ taskId, status: "working" })));
  await approveAll();
  expect(upstream.requests).toHaveLength(0);
  // The polls that execute the calls wait for them only a moment.
  const ended = await eventually("both have ended", async () => {
    const polled = await Promise.all([states(held), states(held), states(held)]);
    const last = polled.flat().slice(-held.length);
    return last.some((seen) => seen?.status === "working") ? null : last;
  });
  expect(ended.map((seen) => seen?.status)).toEqual(["completed", "completed"]);
  await restart();
  const [legacy, modern] = held;
  expect((await legacy?.agent.ask("tasks/result", { taskId: legacy.taskId }))?.result).toMatchObject({
    content: [{ text: "deleted" }],
    _meta: { "io.modelcontextprotocol/related-task": { taskId: legacy?.taskId } },
  });
  expect((await modern?.agent.ask("tasks/get", { taskId: modern.taskId }))?.result).toMatchObject({
    status: "completed",
    result: { content: [{ text: "deleted" }] },
  });
  expect(upstream.requests).toHaveLength(2);
});

test("keep nothing of a token", async () => {
  const held = await heldTasks("bare");
  const files = (await readdir(join(gateway.dir, "data"))).filter((name) => name.startsWith("sallyport.db"));
  const stored = await Promise.all(files.map((name) => readFile(join(gateway.dir, "data", name), "latin1")));
  const holds = (text = "?") => stored.some((file) => file.includes(text));
  expect(holds(held[0]?.taskId)).toBe(true);
  const parts = held.flatMap(({ agent }) => agent.token.split("."));
  expect(parts.filter((part) => holds(part.slice(0, 40)) && part.length > 60)).toEqual([]);
});

test("that were being executed when the gateway was killed say that nobody knows, and are not tried again", async () => {
  upstream.answerWith(silent);
  const held = await heldTasks("lost");
  await approveAll();
  expect((await states(held)).map((seen) => seen?.status)).toEqual(["working", "working"]);
  await eventually("the tool server has both calls", () => (upstream.requests.length === 2 ? true : null));
  upstream.answerWith(done);
  await restart();
  const unknown = expect.stringContaining("whether it was executed is not known");
  expect(await states(held)).toEqual(
    held.map(() => expect.objectContaining({ status: "failed", statusMessage: unknown })),
  );
  const [legacy, modern] = held;
  const told = { code: -32603, message: unknown };
  expect((await legacy?.agent.ask("tasks/result", { taskId: legacy.taskId }))?.error).toMatchObject(told);
  expect((await modern?.agent.ask("tasks/get", { taskId: modern.taskId }))?.result?.error).toMatchObject(told);
  expect(upstream.requests).toHaveLength(2);
});

test("whose calls are under way when the gateway is asked to stop are finished first, and keep their results", async () => {
  const unanswered: (() => void)[] = [];
  upstream.answerWith((req, res, recorded) => unanswered.push(() => done(req, res, recorded)));
  const held = await heldTasks("stop");
  await approveAll();
  await states(held);
  await eventually("the tool server has both calls", () => (upstream.requests.length === 2 ? true : null));
  const stopped = gateway.kill("SIGTERM");
  await eventually("it takes no more calls", async () =>
    (await fetch(`${gateway.agents}/readyz`).catch(() => null))?.ok === true ? null : true,
  );
  for (const answer of unanswered) answer();
  await stopped;
  await gateway.startAgain();
  expect((await states(held)).map((seen) => seen?.status)).toEqual(["completed", "completed"]);
  expect(upstream.requests).toHaveLength(2);
});
