import { codeOf, type ConsoleClient, signIn } from "../../support/console/client.ts";
import { type RunningConsole, startConsole } from "../../support/console/start-console.ts";

let running: RunningConsole;
let client: ConsoleClient;
beforeAll(async () => {
  running = await startConsole();
  client = await signIn(running);
});
afterAll(() => running.close());

const wanted = [
  { kind: "gateway", reason: "incident" },
  { kind: "subject", target: "refund-bot", reason: "incident" },
  { kind: "session", target: "s_1", reason: "incident" },
  { kind: "task", target: "t_1", reason: "incident" },
];

test.each(wanted)("only an operator ends access: $kind", async (body) => {
  await running.setRoles(["payments-approver"]);
  const refused = await client.request("POST", "/api/revocations", { body });
  expect([refused.status, await refused.json()]).toMatchObject([
    403,
    { code: "role_required", detail: "needed: operator" },
  ]);
  await running.setRoles(["operator"]);
  expect((await client.request("POST", "/api/revocations", { body })).status).toBe(201);
});

test("only an operator gives access back, and anybody signed in may see who ended it", async () => {
  await running.setRoles(["operator"]);
  const made = await client.request("POST", "/api/revocations", { body: wanted[0] });
  const { id } = (await made.json()) as { id: string };
  await running.setRoles(["payments-approver"]);
  const lift = () => client.request("POST", `/api/revocations/${id}/lift`, { body: {} });
  expect(await codeOf(await lift())).toBe("role_required");
  const { items } = (await (await client.request("GET", "/api/revocations")).json()) as { items: { id: string }[] };
  expect(items.map((item) => item.id)).toContain(id);
  await running.setRoles(["operator"]);
  expect((await lift()).status).toBe(204);
});
