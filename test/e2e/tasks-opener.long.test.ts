/** Who the opener of a task is, at a running gateway. */
import { recordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { ask, minted, openTask, orchestratorToken } from "../support/tasks/orchestrator.ts";

let upstream: Awaited<ReturnType<typeof recordingUpstream>>;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await recordingUpstream();
  const config = { tasks: { clients: ["planner-app"] } };
  gateway = await startGateway({ routes: [paymentsRoute(upstream.origin)], config });
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const botFor = (person: string) =>
  gateway.token({ sub: "refund-bot", role: "refunds", actingFor: person }, "/payments");

test("a part that an agent opened for one person is absent for the same agent when it acts for another", async () => {
  const whole = await openTask(gateway, { serves: "alice" });
  const opened = await ask(gateway, "/tasks", { token: botFor("alice"), json: { purpose: "Look", parent: whole } });
  expect(opened.status).toBe(201);
  const part = String(opened.body["id"]);
  const answers = [
    await ask(gateway, `/tasks/${part}`, { token: botFor("bob"), method: "GET" }),
    await ask(gateway, "/tasks", { token: botFor("bob"), json: { purpose: "More", parent: part } }),
    await ask(gateway, `/tasks/${part}/close`, { token: botFor("bob"), json: {} }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  // A new token of the opener, for the same person.
  expect((await ask(gateway, `/tasks/${part}/close`, { token: botFor("alice"), json: {} })).status).toBe(200);
});

test("another client with the opener's subject closes nothing, and a new token of the opener does", async () => {
  const task = await openTask(gateway);
  const client = ["--sub", "planner", "--client", "some-other-app", "--audience", `${gateway.agents}/payments`];
  const other = await ask(gateway, `/tasks/${task}/close`, { token: await minted(gateway, ...client), json: {} });
  expect(other.status).toBe(404);
  const own = await ask(gateway, `/tasks/${task}/close`, { token: await orchestratorToken(gateway), json: {} });
  expect(own.status).toBe(200);
});
