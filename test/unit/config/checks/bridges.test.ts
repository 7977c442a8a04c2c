import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkBridges } from "../../../../gateway/config/checks/bridges.ts";
import { found, route, type Values } from "./found.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-bridges-"));
writeFileSync(join(folder, "server.sh"), "#!/bin/sh\n", { mode: 0o755 });
writeFileSync(join(folder, "notes.txt"), "", { mode: 0o644 });
afterAll(() => rmSync(folder, { recursive: true }));

const of = (command: Values, changes: Values = {}, upstream: Values = {}): string[] =>
  found(
    checkBridges,
    {
      routes: [
        route({
          protocol: "mcp",
          upstream: { command: { run: ["./server.sh"], ...command }, ...upstream },
          ...changes,
        }),
      ],
    },
    folder,
  );

test("finds nothing in a command that is there", () => {
  expect(of({})).toEqual([]);
  expect(of({ run: ["sh", "-c", "true"], cwd: "." })).toEqual([]);
  expect(of({ run: ["server.sh"], env: { PATH: `/nowhere:${folder}` } })).toEqual([]);
});

test.each<[string, Values, RegExp]>([
  [
    "a file that is not there",
    { run: ["./gone"] },
    /run\.0 \(value\): no such program that may be executed: .*\/gone$/,
  ],
  ["a file that may not be executed", { run: ["./notes.txt"] }, /no such program that may be executed: .*notes\.txt/],
  ["a folder", { run: ["/tmp/"] }, /no such program/],
  [
    "a program that PATH does not have",
    { run: ["server.sh"] },
    /server\.sh in PATH \(\/usr\/local\/bin:\/usr\/bin:\/bin\)/,
  ],
  ["a folder that is not there", { cwd: "gone" }, /cwd \(value\): no such folder: .*\/gone/],
  [
    "an account that is not there",
    { user: "no-such-account" },
    /user \(value\): this machine has no account no-such-account/,
  ],
  ["a group that is not there", { user: 1, group: "no-such-group" }, /group \(value\): this machine has no group/],
  ["a group alone", { group: 1 }, /group \(key\): needs a user beside it/],
])("finds %s", (_what, command, message) => {
  expect(of(command).join("\n")).toMatch(message);
});

test.each<[string, Values, Values, string]>([
  ["an origin beside it", {}, { origin: "https://x.example" }, "origin (key): a command has no origin"],
  [
    "another transport beside it",
    {},
    { transport: "sse" },
    "transport (key): a command is spoken to over its standard streams",
  ],
  ["a route of plain HTTP", { protocol: "http" }, {}, "command (key): a command is an MCP server"],
  [
    "a credential of the route",
    { credential: "key" },
    {},
    "credential (key): a command gets its secrets in upstream.command.env",
  ],
])("finds %s", (_what, changes, upstream, message) => {
  expect(of({}, changes, upstream).join("\n")).toContain(message);
});

test("finds an upstream that has neither an origin nor a command, and SSE of plain HTTP", () => {
  const upstream = (given: Values, changes: Values = {}) =>
    found(checkBridges, { routes: [route({ upstream: given, ...changes })] });
  expect(upstream({})).toEqual(["routes.0.upstream (key): needs an origin, or with protocol mcp a command"]);
  const sse = { origin: "https://x.example", transport: "sse" };
  expect(upstream(sse)).toEqual([
    "routes.0.upstream.transport (value): sse is a transport of MCP; the route's protocol is http",
  ]);
  expect(upstream(sse, { protocol: "mcp" })).toEqual([]);
});
