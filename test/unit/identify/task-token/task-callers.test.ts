import type { IncomingMessage } from "node:http";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import type { Route } from "../../../../gateway/domain/route.ts";
import type { Identify } from "../../../../gateway/identify/create-identify.ts";
import { taskCallers } from "../../../../gateway/identify/task-token/task-callers.ts";
import { route, subject } from "../../../support/builders.ts";

const own = route({ id: "tasks", audience: "https://gw.example/tasks", issuers: ["a"] });
const payments = route({ id: "payments", audience: "https://gw.example/payments", issuers: ["b"] });
const strict = route({
  id: "strict",
  audience: "https://gw.example/strict",
  issuers: ["c"],
  task: "required",
  proof: { required: true, dpopNonce: null },
});

function asking(authorization: string | null) {
  const seen: Route[] = [];
  const identify: Identify = (_exchange, { route: at }) => {
    seen.push(at);
    return subject();
  };
  const callerOf = taskCallers(identify, own, [payments, strict]);
  const req = { rawHeaders: authorization === null ? [] : ["Authorization", authorization] } as IncomingMessage;
  const ask = (named: string | null = null) => callerOf({ req } as Exchange, named, false);
  return { seen, ask };
}

const tokenWith = (claims: object) => `Bearer e.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;

test("an orchestrator is identified by the rules of /tasks, and has no route", async () => {
  const { seen, ask } = asking(tokenWith({ aud: own.audience }));
  expect((await ask()).route).toBeNull();
  expect(seen).toEqual([own]);
});

test("an agent is identified by the rules of the route that its token is for, at the address of the tasks", async () => {
  const { seen, ask } = asking(tokenWith({ aud: ["x", strict.audience] }));
  expect((await ask()).route).toBe(strict);
  const { audience, issuers, proof, task } = strict;
  expect(seen).toEqual([{ ...own, audience, issuers, proof, task }]);
});

test("of a token for several routes the one that is named counts, and a token for /tasks is for that", async () => {
  const both = { aud: [payments.audience, strict.audience] };
  expect((await asking(tokenWith(both)).ask("strict")).route).toBe(strict);
  expect((await asking(tokenWith(both)).ask(payments.audience)).route).toBe(payments);
  expect((await asking(tokenWith(both)).ask("nowhere")).route).toBe(payments);
  expect((await asking(tokenWith({ aud: [payments.audience, own.audience] })).ask("payments")).route).toBeNull();
});

test("a caller whose token says nothing, or who has none, names its route", async () => {
  for (const authorization of ["Bearer opaque", "Bearer a.!!.c", null]) {
    const { ask } = asking(authorization);
    expect([(await ask()).route, (await ask("payments")).route]).toEqual([null, payments]);
  }
});

test("a token for no route of this gateway is verified by the rules of /tasks, which refuse it", async () => {
  const { seen, ask } = asking(tokenWith({ aud: "https://elsewhere.example" }));
  expect((await ask("payments")).route).toBeNull();
  expect(seen).toEqual([own]);
});
