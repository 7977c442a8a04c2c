import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SlackServer, startSlack } from "../../support/channels/slack-server.ts";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { dead, retry, test as testVerb } from "../../../gateway/cli/channels.ts";
import { expectExamples, inProcess } from "./run.ts";

const token = "xoxb-the-secret-token";
let slack: SlackServer;
let receiver: RecordingUpstream;
let cwd: string;

beforeAll(async () => {
  [slack, receiver] = await Promise.all([startSlack(token), recordingUpstream()]);
  cwd = mkdtempSync(join(tmpdir(), "sallyport-cli-"));
  writeFileSync(join(cwd, "token"), token);
  writeFileSync(join(cwd, "pd"), "R0UT1NGKEY0123456789");
  writeFileSync(
    join(cwd, "sallyport.yaml"),
    `version: 1
policy: { source: . }
issuers: [{ id: dev, development: true }]
channels:
  slack: { ops: { channel: C0123456789, token: "file:token", api_url: "${slack.origin}/api" } }
  pagerduty: { duty: { routing_key: "file:pd", url: "${receiver.origin}/v2/enqueue" } }
  notify: [{ to: [ops, duty] }]
  delivery: { timeout: 60s }
`,
  );
});
afterAll(async () => {
  await Promise.all([slack.close(), receiver.close()]);
  rmSync(cwd, { recursive: true });
});
beforeEach(() => {
  receiver.requests.length = 0;
});

const run = (...args: string[]) => inProcess(["channels", "test", ...args, "-c", join(cwd, "sallyport.yaml")]);

test("sends a message, changes it, and says what the far side answered", async () => {
  const done = await run("ops");
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout).toMatch(/^ops \(slack\): sent in \d+ ms; posted\nops \(slack\): changed in \d+ ms; changed\n$/);
  expect([...slack.messages.values()].map(({ versions }) => versions.length)).toEqual([2]);
});

test("resolves the alert that it triggered", async () => {
  receiver.answerWith((_req, res) => res.writeHead(202).end('{"status":"success","message":"Event processed"}'));
  const done = await run("duty", "--json");
  expect(JSON.parse(done.stdout)).toMatchObject({
    ok: true,
    channel: "duty",
    kind: "pagerduty",
    messages: [{ what: "sent", answer: expect.stringContaining("Event processed") }, { what: "changed" }],
  });
  const events = receiver.requests.map(({ body }) => JSON.parse(body.toString("utf8")) as Record<string, unknown>);
  expect(events).toMatchObject([{ event_action: "trigger" }, { event_action: "resolve" }]);
  expect(new Set(events.map((event) => event["dedup_key"])).size).toBe(1);
});

test("says what went wrong without the secret, and exits 1", async () => {
  receiver.answerWith((_req, res) => res.writeHead(400).end("bad key R0UT1NGKEY0123456789"));
  const done = await run("duty");
  expect(done).toMatchObject({ code: 1, stderr: "duty (pagerduty): answered 400: bad key [removed]\n" });
});

test("exits 2 for a channel that the configuration does not name", async () => {
  expect(await run("opz")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("no channel opz (did you mean ops?)"),
  });
});

test("the help of every verb has its examples", async () => {
  await expectExamples("channels", [testVerb, dead, retry]);
});
