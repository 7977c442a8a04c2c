import { audienceInForce, routeAudiences, sharedAudience } from "../../../../gateway/config/checks/own-audience.ts";
import { draftOf } from "../../../../gateway/config/draft.ts";
import { issuer, route, type Values } from "./found.ts";

const draft = (port: number, ...routes: Values[]) =>
  draftOf({ listeners: { agents: { port }, console: { port: 8701 } }, issuers: [issuer()], routes }, "/nowhere");
const endpoint = { section: ["own"], audience: undefined, prefix: "/own" };

test("knows no default audience before the listener is bound, and compares none", () => {
  const unbound = draft(0, route(), route({ audience: "https://gw.example/own" }));
  expect(audienceInForce(endpoint, unbound)).toBeNull();
  expect(routeAudiences(unbound, "/own").map(({ audience }) => audience)).toEqual([null, "https://gw.example/own"]);
  expect(sharedAudience(endpoint, routeAudiences(unbound, "/own"), unbound, "x")).toEqual([]);
});

test("compares defaults with what is named", () => {
  const bound = draft(8700, route({ audience: "http://127.0.0.1:8700/own" }));
  expect(sharedAudience(endpoint, routeAudiences(bound, "/own"), bound, "needs another")).toEqual([
    {
      path: ["own", "audience"],
      at: "value",
      message: "is http://127.0.0.1:8700/own by default, the audience of the route pay too; needs another",
    },
  ]);
});
