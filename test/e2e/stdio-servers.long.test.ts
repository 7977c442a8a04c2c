import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { commandRoute } from "../support/stdio/command-route.ts";
import { allowTools } from "../support/stdio/stdio-clients.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-files-"));
const files = join(folder, "files");
const graph = join(folder, "graph.jsonl");
const program = (url: URL) => [process.execPath, fileURLToPath(url)];
const commands = {
  filesystem: {
    run: [
      ...program(new URL("../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js", import.meta.url)),
      files,
    ],
  },
  memory: {
    run: program(new URL("../../node_modules/@modelcontextprotocol/server-memory/dist/index.js", import.meta.url)),
    env: { MEMORY_FILE_PATH: graph },
  },
};
type Server = keyof typeof commands;
type Call = readonly [tool: string, args: Record<string, unknown>];

const at = (name: string) => join(files, name);
const entity = (name: string) => ({ name, entityType: "person", observations: [`is ${name}`] });
const relation = { from: "Ada", to: "Bob", relationType: "knows" };

/** Every tool, in an order in which each has something to do. */
const calls: Readonly<Record<Server, readonly Call[]>> = {
  filesystem: [
    ["list_allowed_directories", {}],
    ["write_file", { path: at("new.txt"), content: "one\ntwo\n\u2028three" }],
    ["read_file", { path: at("new.txt") }],
    ["read_text_file", { path: at("new.txt"), head: 1 }],
    ["edit_file", { path: at("new.txt"), edits: [{ oldText: "two", newText: "2" }] }],
    ["create_directory", { path: at("inner/deep") }],
    ["move_file", { source: at("new.txt"), destination: at("inner/moved.txt") }],
    ["read_multiple_files", { paths: [at("inner/moved.txt"), at("gone.txt")] }],
    ["read_media_file", { path: at("dot.png") }],
    ["list_directory", { path: files }],
    ["list_directory_with_sizes", { path: files, sortBy: "size" }],
    ["directory_tree", { path: files }],
    ["search_files", { path: files, pattern: "**/*.txt" }],
    ["get_file_info", { path: at("dot.png") }],
    ["read_text_file", { path: "/etc/passwd" }],
  ],
  memory: [
    ["create_entities", { entities: [entity("Ada"), entity("Bob"), entity("Cy")] }],
    ["create_relations", { relations: [relation] }],
    ["add_observations", { observations: [{ entityName: "Ada", contents: ["counts"] }] }],
    ["read_graph", {}],
    ["search_nodes", { query: "counts" }],
    ["open_nodes", { names: ["Bob"] }],
    ["delete_observations", { deletions: [{ entityName: "Ada", observations: ["counts"] }] }],
    ["delete_relations", { relations: [relation] }],
    ["delete_entities", { entityNames: ["Cy"] }],
    ["read_graph", {}],
    ["add_observations", { observations: [{ entityName: "nobody", contents: ["x"] }] }],
  ],
};

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({
    routes: (["filesystem", "memory"] as const).map((id) => commandRoute(id, commands[id])),
    policy: async (copy) => {
      for (const id of ["filesystem", "memory"] as const)
        await allowTools(copy, id, [...new Set(calls[id].map(([tool]) => tool))]);
    },
  });
});
afterAll(async () => {
  await gateway?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Both begin with the same files. */
function reset(): void {
  rmSync(files, { recursive: true, force: true });
  rmSync(graph, { force: true });
  mkdirSync(files);
  writeFileSync(at("dot.png"), Buffer.from("89504e470d0a1a0a", "hex"));
}

const times = /^(?:created|modified|accessed): .*$/gm;

async function tour(transport: Transport, server: Server): Promise<unknown> {
  const client = new Client({ name: "tour", version: "1" });
  await client.connect(transport);
  const { tools } = await client.listTools();
  const seen: unknown[] = [tools.map(({ execution: _ours, ...tool }) => tool)];
  for (const [name, args] of calls[server]) seen.push([name, await client.callTool({ name, arguments: args })]);
  await client.close();
  return JSON.parse(
    JSON.stringify(seen, (_key, value: unknown) => (typeof value === "string" ? value.replace(times, "") : value)),
  );
}

test.each<Server>(["filesystem", "memory"])(
  "every tool of %s gives through the gateway what it gives itself",
  async (id) => {
    const { run, env = {} } = commands[id] as { run: string[]; env?: Record<string, string> };
    reset();
    const direct = await tour(new StdioClientTransport({ command: run[0] as string, args: run.slice(1), env }), id);
    reset();
    const headers = { authorization: `Bearer ${gateway.token({ sub: "support-bot", role: "support" }, `/mcp/${id}`)}` };
    const url = new URL(`${gateway.agents}/mcp/${id}`);
    const behind = await tour(new StreamableHTTPClientTransport(url, { requestInit: { headers } }), id);
    expect(behind).toEqual(direct);
    expect((direct as unknown[][])[0]).toHaveLength(new Set(calls[id].map(([tool]) => tool)).size);
  },
);
