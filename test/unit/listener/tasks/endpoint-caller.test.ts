import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import type { TaskEndpointDeps } from "../../../../gateway/listener/tasks/deps.ts";
import { taskEndpoint } from "../../../../gateway/listener/tasks/endpoint.ts";
import { firstHeader } from "../../../../gateway/lib/request-headers.ts";

/** Who is taken for the caller of a request whose body has a `subject_token`. */
async function callerAt(path: string) {
  const seen: { authorization: string | undefined; tokenInBody: boolean }[] = [];
  const deps = {
    read: () => Promise.resolve({ method: "POST", path, document: { subject_token: "e.e.e" } }),
    callerOf: ({ req }: Exchange, _named: string | null, tokenInBody: boolean) => {
      seen.push({ authorization: firstHeader(req.rawHeaders, "authorization"), tokenInBody });
      return Promise.reject(new Refusal("credential_missing"));
    },
    refuseRecorded: () => Promise.resolve(),
  } as unknown as TaskEndpointDeps;
  const req = { method: "POST", rawHeaders: ["DPoP", "a proof without a token"] };
  await taskEndpoint(deps)({ req, context: {} } as unknown as Exchange);
  return seen;
}

test.each(["/tasks/token", "/tasks/t_1/token"])("%s takes its caller from the body", async (path) => {
  expect(await callerAt(path)).toEqual([{ authorization: "DPoP e.e.e", tokenInBody: true }]);
});

test.each(["/tasks", "/tasks/t_1/close"])("%s does not, so that its proofs have to name their token", async (path) => {
  expect(await callerAt(path)).toEqual([{ authorization: undefined, tokenInBody: false }]);
});
