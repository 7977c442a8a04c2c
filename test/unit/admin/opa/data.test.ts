import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { type DataAnswer, type DataApi, dataApiRoutes } from "../../../../gateway/admin/opa/data.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import { PolicyFault } from "../../../../gateway/domain/ports.ts";

const asked: unknown[] = [];
const logged: unknown[] = [];
let answer: () => DataAnswer;
let server: Server;
let url: string;
beforeAll(async () => {
  const api: DataApi = {
    maxBytes: 100,
    roles: ["author"],
    tokens: () => [
      ["one", "token-one-of-two"],
      ["two", "token-two-of-two"],
    ],
    ask(path, body, asker) {
      asked.push([path, body?.toString() ?? null, asker]);
      return answer();
    },
  };
  const error = (message: string, fields?: object): void => void logged.push([message, fields]);
  const app = express();
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error };
  const session: Parameters<typeof dataApiRoutes>[2] = (req, res, next) => {
    const { user, roles } = req.headers;
    if (typeof user !== "string") throw new Refusal("session_required");
    res.locals["session"] = { user, roles: String(roles).split(",") };
    next();
  };
  dataApiRoutes(app, api, session, logger);
  server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/data`;
});
afterAll(() => void server.close());
beforeEach(() => {
  asked.length = 0;
  logged.length = 0;
  answer = () => ({ decisionId: "d_1", result: "[1]", hasInput: true });
});

async function ask(path: string, headers: Record<string, string>, body?: string): Promise<[number, unknown]> {
  const told = await fetch(url + path, { headers, ...(body !== undefined && { method: "POST", body }) });
  expect(told.headers.get("cache-control")).toBe("no-store");
  return [told.status, await told.json()];
}

const one = { authorization: "Bearer token-one-of-two" };

test("asks with the body, for the client whose token it is, and for a person with the role", async () => {
  expect(await ask("/a/b", one, '{"input":1}')).toEqual([200, { decision_id: "d_1", result: [1] }]);
  expect(await ask("/a/b?input=1", { authorization: "bearer token-two-of-two" })).toMatchObject([200, {}]);
  expect(await ask("/a/b", { user: "ann", roles: "x,author" })).toMatchObject([200, {}]);
  expect(asked).toEqual([
    ["a/b", '{"input":1}', "client one"],
    ["a/b", '{"input":1}', "client two"],
    ["a/b", null, "user ann"],
  ]);
});

test("asks nothing for anybody else, whatever the session", async () => {
  const wrong = { authorization: "Bearer token-one-of-tw", user: "ann", roles: "author" };
  expect(await ask("/a", wrong)).toMatchObject([401, { code: "token_invalid" }]);
  expect(await ask("/a", {})).toMatchObject([401, { code: "session_required" }]);
  expect(await ask("/a", { user: "ann", roles: "x" })).toMatchObject([403, { code: "role_required" }]);
  expect(await ask("/a", {}, "x".repeat(1_000))).toMatchObject([401, {}]);
  expect(asked).toEqual([]);
});

test("says that there is no input, and leaves an undefined result out, as OPA does", async () => {
  answer = () => ({ decisionId: "d_1", result: null, hasInput: false });
  const warning = { code: "api_usage_warning", message: "'input' key missing from the request" };
  expect(await ask("/a", one, "{}")).toEqual([200, { decision_id: "d_1", warning }]);
  expect(await ask("/a", one)).toEqual([200, { decision_id: "d_1" }]);
});

test("tells the caller of a fault its name alone, and the log the detail", async () => {
  answer = () => {
    throw new PolicyFault("policy_conflict", "a secret in a rule");
  };
  const [status, body] = await ask("/a", one, "{}");
  expect([status, body]).toEqual([503, { code: "policy_conflict", message: expect.any(String) }]);
  expect(JSON.stringify(body)).not.toContain("secret");
  expect(logged).toEqual([["data api: no answer", { path: expect.any(String), detail: "a secret in a rule" }]]);
});

test("refuses a body beyond the limit", async () => {
  expect(await ask("/a", one, "x".repeat(1_000))).toMatchObject([413, { code: "body_too_large" }]);
});
