/** What the endpoint of tasks refuses once access was ended. */
import { type Revocable, revokes } from "../../../../gateway/domain/revocation.ts";
import { asBot, asked, asPlanner, ended, endpointWorld } from "../../../support/tasks/endpoint-world.ts";

it("refuses parts of a task that is suspended, and tokens of parts that it has", async () => {
  let suspended = ended("task", null);
  const against = (call: Revocable) => (revokes(suspended, call) ? suspended : null);
  const { ask, opened } = await endpointWorld({ revocations: { against, refresh: () => null } });
  const parent = await opened();
  const part = await opened({ parent }, asBot);
  suspended = ended("task", parent);
  expect((await ask(asBot, "/tasks", { purpose: "Look", parent })).code).toBe("access_revoked");
  expect((await ask(asBot, `/tasks/${part}/token`)).code).toBe("access_revoked");
});

it("refuses tokens, parts and new tasks for a person whose access was ended, and no others", async () => {
  let end = ended("subject", "nobody");
  const against = (call: Revocable) => (revokes(end, call) ? end : null);
  const { ask, opened } = await endpointWorld({ revocations: { against, refresh: () => null } });
  const [parent, other] = [await opened({ serves: "carol" }), await opened({ serves: "alice" })];
  const part = await opened({ parent }, asBot);
  end = ended("subject", "carol");
  for (const task of [parent, part]) {
    expect((await ask(asBot, `/tasks/${task}/token`)).code).toBe("access_revoked");
    expect((await ask(asBot, "/tasks", { purpose: "Look", parent: task })).code).toBe("access_revoked");
  }
  expect((await ask(asPlanner, "/tasks", { ...asked, serves: "carol" })).code).toBe("access_revoked");
  expect((await ask(asBot, `/tasks/${other}/token`)).status).toBe(200);
  expect((await ask(asBot, "/tasks", { purpose: "Look", parent: other })).status).toBe(201);
});
