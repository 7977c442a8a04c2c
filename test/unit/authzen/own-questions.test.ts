import { aboutSelf, assertLocal, atCommonPath, basePath, isOwn } from "../../../gateway/authzen/own-questions.ts";
import type { OwnRequest } from "../../../gateway/domain/route.ts";
import { subject } from "../../support/builders.ts";

const own = { identify: () => Promise.reject(new Error("not asked")) };
const request = (path: string): OwnRequest => ({ method: "POST", path, query: [], header: () => null, document: {} });

test("an agent's own questions have paths of their own, where they are taken", () => {
  expect(isOwn({ own }, request("/access/v1/self/evaluation"))).toBe(true);
  expect(isOwn({ own }, request("/access/v1/selfish/evaluation"))).toBe(false);
  expect(isOwn({ own }, request("/access/v1/evaluation"))).toBe(false);
  expect(isOwn({ own: null }, request("/access/v1/self/evaluation"))).toBe(false);
  expect(atCommonPath(request("/access/v1/self/requests/h_1")).path).toBe("/access/v1/requests/h_1");
  expect([basePath(true), basePath(false)]).toEqual(["/access/v1/self", "/access/v1"]);
});

test("every question is about the one who asks, whatever it says", () => {
  const who = subject({ id: "ann", issuer: "idp", type: "agent" });
  const said = { type: "agent", id: "bob", properties: { roles: ["admin"] } };
  const ann = { type: "agent", id: "ann", properties: { issuer: "idp" } };
  expect(aboutSelf({ subject: said, context: { a: 1 } }, who)).toEqual({ subject: ann, context: { a: 1 } });
  expect(aboutSelf({ evaluations: [{ subject: said, a: 1 }, 7] }, who)).toEqual({
    subject: ann,
    evaluations: [{ a: 1 }, 7],
  });
  expect([aboutSelf(undefined, who), aboutSelf([], who)]).toEqual([undefined, []]);
});

test.each(["crm/find_ticket", "local", "local/", "localhost/bash", "local-x/bash"])("refuses the tool %s", (id) => {
  const question = { subject: { type: "a", id: "a" }, action: { name: "tools/call" }, resource: { type: "tool", id } };
  expect(() => assertLocal(question, "local")).toThrow(expect.objectContaining({ code: "authzen_request_invalid" }));
});

test("takes the tools of the local server, and nothing else of it", () => {
  const question = { subject: { type: "a", id: "a" }, action: { name: "tools/call" } };
  expect(() => assertLocal({ ...question, resource: { type: "tool", id: "local/bash" } }, "local")).not.toThrow();
  expect(() => assertLocal({ ...question, resource: { type: "server", id: "local/bash" } }, "local")).toThrow();
});
