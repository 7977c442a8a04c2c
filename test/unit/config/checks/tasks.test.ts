import { checkTasks } from "../../../../gateway/config/checks/tasks.ts";
import { found, issuer, route, type Values } from "./found.ts";

const listeners = { agents: { port: 8700 }, console: { port: 8701 } };
const of = (tasks: Values, more: Values = {}): string[] =>
  found(checkTasks, { listeners, issuers: [issuer()], tasks, ...more });
const listed = { clients: ["planner"] };

test("finds nothing in what says all it needs, and nothing about an endpoint that nobody may use", () => {
  const taken = { routes: [route({ prefix: "/tasks" })] };
  expect(of({})).toEqual([]);
  expect(of({ issuers: ["nobody"] }, taken)).toEqual([]);
  expect(of({ ...listed, issuers: ["idp"], scope: "tasks:open", audience: "https://gw.example/t" })).toEqual([]);
});

test("refuses an issuer that is not there, a route's audience and a route at its own path", () => {
  expect(of({ ...listed, issuers: ["idq"] })).toEqual([
    "tasks.issuers.0 (value): no issuer has the id idq (did you mean idp?)",
  ]);
  const audience = "https://gw.example/pay";
  expect(of({ ...listed, audience }, { routes: [route({ audience })] })).toEqual([
    "tasks.audience (value): is the audience of the route pay too; these clients need one of their own",
  ]);
  expect(of(listed, { routes: ["/tasks", "/tasks/x", "/tasksx"].map((prefix) => route({ prefix })) })).toEqual(
    [0, 1].map((at) => `routes.${at}.prefix (value): /tasks belongs to the gateway itself when tasks lists a client`),
  );
});

test("refuses an audience of agents also by default, and where people alone open tasks", () => {
  const own = "http://127.0.0.1:8700/tasks";
  const finding = `tasks.audience (value): is ${own} by default, the audience of the route pay too; these clients need one of their own`;
  const routes = [route({ audience: own })];
  expect(of(listed, { routes })).toEqual([finding]);
  expect(of({}, { routes })).toEqual([finding]);
  expect(of({}, { routes: [route({ prefix: "/tasks" })] })).toEqual([]);
  expect(of({ ...listed, audience: "http://127.0.0.1:8700/pay" }, { routes: [route()] })).toHaveLength(1);
});

test("asks for an audience where the address of the listener is not known beforehand", () => {
  expect(of(listed, { listeners: { ...listeners, agents: { port: 0 } } })).toEqual([
    "tasks.audience (value): is required when the agents listener takes any free port and has no public_url",
  ]);
});

test("refuses a usual time that is longer than the longest", () => {
  expect(of({ time: "2h", longest: "1h" })).toEqual(["tasks.time (value): must not be longer than tasks.longest"]);
});

test("refuses a route that demands what nobody could give it", () => {
  const routes = [route({ prefix: "/" }), route({ prefix: "/pay", task: "required" })];
  expect(of({}, { routes })).toEqual([expect.stringContaining("routes.1.task (value): cannot be met")]);
  expect(of(listed, { routes })).toEqual([]);
  expect(of({}, { routes: routes.slice(1) })).toEqual([]);
  expect(of({}, { routes, issuers: [issuer({ claims: { task: "task" } })] })).toEqual([]);
});
