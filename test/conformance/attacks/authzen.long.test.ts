/** Enforcement points that ask for approvals: who of those in a question decides about it, and where a callback may lead. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Approver } from "../../../demo/agent/approver.ts";
import { type AuthzenGateway, startAuthzenGateway } from "../../support/authzen-gateway.ts";
import { refund, requester } from "../../support/authzen-requester.ts";

let gateway: AuthzenGateway;
let approver: Approver;
let pep: ReturnType<typeof requester>;
let receiver: Server;
let origin: string;

beforeAll(async () => {
  receiver = createServer((_req, res) => res.writeHead(204).end());
  await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
  origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  gateway = await startAuthzenGateway({
    authzen: {
      callbacks: { secret: "file:rego/callback.secret", allow: [`${origin}/hooks`], allow_addresses: ["loopback"] },
    },
    policy: (copy) => writeFile(join(copy.dir, "callback.secret"), "a-secret-of-these-tests-only"),
  });
  approver = await gateway.approver();
  pep = requester(gateway, approver);
});
afterAll(async () => {
  await gateway?.close();
  receiver?.close();
});

describe("somebody who is in the question does not approve it", () => {
  const roles = ["refunds"];

  test.each([
    ["as its subject", { type: "user", id: "approver", properties: { roles } }],
    ["as its actor, for somebody else", { type: "user", id: "alice", properties: { roles, act: { sub: "approver" } } }],
    [
      "as an actor behind the actor",
      { type: "user", id: "alice", properties: { roles, act: { sub: "bot", act: { sub: "Approver" } } } },
    ],
  ])("%s", async (_how, subject) => {
    const { status, body } = await pep.requested(refund(90, { subject }));
    expect(status).toBe(202);
    await expect(approver.approve(body.task.id)).rejects.toThrow("approval_self");
  });

  test("as the enforcement point that asks", async () => {
    const question = refund(91);
    const token = gateway.pep("approver");
    const { body } = await gateway.evaluate(question, { token });
    const { access_request: access, evaluation_id } = body.context;
    const denial = { evaluation_id, expires_at: access.expires_at, binding_token: access.binding_token };
    const asked = await pep.request({ ...question, denial }, {}, token);
    expect(asked.status).toBe(202);
    await expect(approver.approve(asked.body.task.id)).rejects.toThrow("approval_self");
  });
});

test.each([
  "/hooks/%2e%2e%2fadmin",
  "/hooks/..%2fadmin",
  "/hooks/..;/admin",
  "/hooks/%5c..%5cadmin",
  "/hooks/%252e%252e/x",
])("a callback does not leave what is registered by a path that servers read differently: %s", async (path) => {
  const question = refund(92);
  const json = { ...question, denial: await pep.denialOf(question), callback: { endpoint: origin + path } };
  expect(await pep.request(json)).toMatchObject({ status: 400 });
});
