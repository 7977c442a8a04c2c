import { hasOpened, type Lease, maySee } from "../../../../gateway/domain/lease.ts";
import type { Subject } from "../../../../gateway/domain/subject.ts";
import { subject } from "../../../support/builders.ts";
import { inUse } from "../../../support/tasks/leases.ts";

const planner = { id: "orchestrator", clientId: "orchestrator" };
const agent = { kind: "agent", issuer: "https://idp.example", id: "refund-bot", client: "refund-bot" } as const;
const forPerson = (id: string) => ({ actingFor: { id, claims: {} } });

function asked(caller: Partial<Subject>, own: Partial<Lease> = {}, ...above: Partial<Lease>[]) {
  const [first, ...others] = [own, ...above].map((changes) => inUse(changes));
  const chain = [first ?? inUse(), ...others] as const;
  return [hasOpened(chain, subject(caller)), maySee(chain, subject(caller))];
}

test("knows its opener by issuer, subject and client, and takes no caller for a person of the same name", () => {
  expect(asked(planner)).toEqual([true, true]);
  expect(asked({ ...planner, expiresAt: 9_999_999_999, scopes: [] })).toEqual([true, true]);
  expect(asked({ ...planner, issuer: "https://other.example" })).toEqual([false, false]);
  expect(asked({ ...planner, clientId: "other-app" })).toEqual([false, false]);
  expect(asked({ ...planner, clientId: null })).toEqual([false, false]);
  const person = { kind: "person", issuer: null, id: "orchestrator", client: null } as const;
  expect(asked({ ...planner, clientId: null }, { opener: person })).toEqual([false, false]);
  expect(asked(planner, { opener: agent }, {})).toEqual([true, true]);
});

test("an agent has opened, and sees, nothing that serves somebody else than whom it acts for", () => {
  const part = { opener: agent, serves: "alice" };
  expect(asked(forPerson("alice"), part, { serves: "alice" })).toEqual([true, true]);
  expect(asked({}, part, { serves: "alice" })).toEqual([true, true]);
  expect(asked(forPerson("bob"), part, { serves: "alice" })).toEqual([false, false]);
  // Also below a task that it may use, or has opened, for anybody.
  expect(asked(forPerson("bob"), { serves: "alice" }, { opener: agent })).toEqual([false, false]);
});

test("an orchestrator has opened what serves others than whom its own token is for", () => {
  expect(asked({ ...planner, ...forPerson("carol") }, { serves: "alice" })).toEqual([true, true]);
});

test("who acts in a task sees that one and its parts", () => {
  expect(asked({ task: "t_1" }, { id: "t_2" }, { id: "t_1" })[1]).toBe(true);
  expect(asked({ task: "t_3" }, { id: "t_2" }, { id: "t_1" })[1]).toBe(false);
});
