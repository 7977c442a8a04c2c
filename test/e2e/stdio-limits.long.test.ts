/** What a command may use of the machine: an account, memory and open files of its own. Root on Linux alone can give them. */
import { readFileSync } from "node:fs";
import { mayNotSkip } from "../support/found-tool.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { commandRoute } from "../support/stdio/command-route.ts";
import { allowTools, closeClients, fixtureCommand, stdioClient } from "../support/stdio/stdio-clients.ts";

const may = process.getuid?.() === 0 && process.platform === "linux";
/** In CI this may not be passed over. */
const describeWhereItMay = may || mayNotSkip ? describe : describe.skip;
const routes = ["nobody", "memory", "tiny", "files", "free"];

/** A program that anybody may read: the repository may lie where `nobody` cannot enter. */
const asks = `
  const tools = [{ name: "place", inputSchema: { type: "object" } }];
  const answers = {
    initialize: ({ protocolVersion }) =>
      ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "asks", version: "1" } }),
    "tools/list": () => ({ tools }),
    "tools/call": () => ({
      content: [{ type: "text", text: [process.getuid(), process.getgid(), process.getgroups()].join(" ") }],
    }),
  };
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, method, params } = JSON.parse(line);
    if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: answers[method]?.(params) ?? {} }));
  });`;

/** User and group of the account. */
const nobody = (/^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8")) ?? []).slice(1);

let gateway: TestGateway;
beforeAll(async () => {
  if (!may) return;
  gateway = await startGateway({
    routes: [
      commandRoute("nobody", { run: ["node", "-e", asks], user: "nobody", cwd: "/" }),
      commandRoute("memory", { run: fixtureCommand, memory: "1GiB" }),
      commandRoute("tiny", { run: fixtureCommand, memory: "64MiB" }),
      commandRoute("files", { run: fixtureCommand, files: 64 }),
      commandRoute("free", { run: fixtureCommand }),
    ],
    policy: async (copy) => {
      for (const id of routes) await allowTools(copy, id, ["echo", "place", "allocate", "open-files"]);
    },
  });
});
afterEach(closeClients);
afterAll(() => gateway?.close());

describeWhereItMay("where the gateway may limit commands", () => {
  test("a command whose route names an account runs as it, in its group alone", async () => {
    const client = await stdioClient(gateway, "nobody", "alice");
    expect(await client.text("place")).toBe(`${nobody[0]} ${nobody[1]} ${nobody[1]}`);
  });

  test.each([
    ["memory", "allocate", { bytes: 1_500_000_000 }],
    ["files", "open-files", { count: 200 }],
  ] as const)(
    "a command that goes beyond its limit of %s fails its own call by name, and no other",
    async (route, tool, beyond) => {
      const client = await stdioClient(gateway, route, "alice");
      expect(await client.text(tool, tool === "allocate" ? { bytes: 1_000 } : { count: 3 })).toMatch(/^(1000|3)$/);
      const told = JSON.stringify(await client.client.callTool({ name: tool, arguments: beyond }));
      expect(told).toContain("upstream_ended");
      // Without the limit the same is no trouble.
      const free = await stdioClient(gateway, "free", "alice");
      expect(await free.text(tool, beyond)).toBe(String(Object.values(beyond)[0]));
      // The gateway is well, and starts the command anew.
      expect(await client.text("echo", { value: "again" })).toBe("again");
    },
  );

  // Node needs more than that before it runs anything.
  test("a command that cannot start within its limit is told by name, and the gateway goes on", async () => {
    await expect(stdioClient(gateway, "tiny", "alice")).rejects.toThrow("process could not be started");
    expect(await (await stdioClient(gateway, "free", "bob")).text("echo", { value: "well" })).toBe("well");
  });
});
