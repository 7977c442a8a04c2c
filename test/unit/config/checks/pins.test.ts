import { checkPins } from "../../../../gateway/config/checks/pins.ts";
import { found, route, type Values } from "./found.ts";

const of = (...routes: Values[]): string[] => found(checkPins, { routes: routes.map((changes) => route(changes)) });
const mcp = { protocol: "mcp" };

test("finds nothing in servers that each have pins of their own", () => {
  expect(of({}, mcp, { ...mcp, server: "crm", pins: "catalog" }, { ...mcp, server: "crm", pins: "catalog" })).toEqual(
    [],
  );
});

test("finds pins of a route whose server lists no tools", () => {
  expect(of({ pins: "accepted" })).toEqual([
    "routes.0.pins (value): only an mcp route lists tools that can change; remove it",
  ]);
});

test("finds two routes of one server that differ", () => {
  expect(of({ ...mcp, server: "crm" }, { ...mcp, server: "crm", pins: "accepted" })).toEqual([
    "routes.1.pins (value): another route of the server crm has the pins first_use",
  ]);
});
