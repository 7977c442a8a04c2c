import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { mcpUrl } from "../../../../gateway/cli/init/ask-mcp-server.ts";
import { commandWords } from "../../../../gateway/cli/init/server-transport.ts";
import { serverName } from "../../../../gateway/cli/init/described-tool.ts";
import type { Site } from "../../../../gateway/cli/init/site.ts";
import { sitePolicy } from "../../../../gateway/cli/init/site-policy.ts";

const hints = { readOnly: null, destructive: null, openWorld: null };
const tools = [
  { name: "list", place: "GET /x", method: "GET", hints },
  { name: "yes: #\n", place: "POST /x", method: "POST", hints },
];
const site: Site = {
  server: "billing",
  tools,
  methods: [],
  upstream: null,
  role: "clerk",
  approver: "ana",
  credential: null,
};

test("entitles a role to what only reads, and leaves the rest as comments", () => {
  const text = sitePolicy(site)["sallyport/entitlements/data.yaml"] ?? "";
  expect(parse(text)).toEqual({ clerk: { billing: { tools: { list: true } } } });
  expect(text).toContain('      # "yes: #\\n": true\n');
});

test("entitles nobody where no role is named, or nothing only reads", () => {
  const entitlements = (more: Partial<Site>): unknown =>
    parse(sitePolicy({ ...site, ...more })["sallyport/entitlements/data.yaml"] ?? "");
  expect(entitlements({ role: null })).toBeNull();
  expect(entitlements({ tools: tools.slice(1) })).toEqual({ clerk: { billing: { tools: null } } });
});

test("opens what stands as a comment when the # before it is taken away, also where nothing else is open", () => {
  const methods = ["completion/complete"];
  for (const listed of [tools, tools.slice(1)]) {
    const text = sitePolicy({ ...site, tools: listed, methods })["sallyport/entitlements/data.yaml"] ?? "";
    expect(parse(text.replaceAll(/^ {6}# /gm, "      "))).toEqual({
      clerk: {
        billing: {
          tools: Object.fromEntries(listed.map(({ name }) => [name, true])),
          methods: { "completion/complete": true },
        },
      },
    });
  }
});

test("writes files to which lines can be added where there are no tools yet", () => {
  const files = sitePolicy({ ...site, tools: [] });
  for (const name of ["catalog", "entitlements", "approvers"])
    expect(parse(`${files[`sallyport/${name}/data.yaml`] ?? ""}crm: {}\n`)).toEqual({ crm: {} });
});

test("opens of an MCP server what clients ask when they have connected, and leaves what gets and reads them as comments", () => {
  const entitlements = (methods: readonly string[]) =>
    sitePolicy({ ...site, methods })["sallyport/entitlements/data.yaml"] ?? "";
  const text = entitlements(["prompts/list", "prompts/get", "logging/setLevel", "subscriptions/listen"]);
  const methods = { "prompts/list": true, "logging/setLevel": true, "subscriptions/listen": true };
  expect(parse(text)).toEqual({ clerk: { billing: { tools: { list: true }, methods } } });
  expect(text).toContain("      # prompts/get: true\n");
  expect(parse(entitlements(["completion/complete"]))).toMatchObject({ clerk: { billing: { methods: null } } });
});

test("describes every tool in the catalog, whatever its name", () => {
  const catalog = parse(sitePolicy(site)["sallyport/catalog/data.yaml"] ?? "") as Record<string, object>;
  expect(catalog).toEqual({
    billing: {
      list: { sensitivity: "low", reversible: true, mutates: false, sink: "internal" },
      "yes: #\n": { mutates: true },
    },
  });
});

test.each([
  ["Billing API", "billing"],
  ["mcp-servers/everything", "servers-everything"],
  ["Ünïcode", "n-code"],
  ["42", "tools"],
  ["/srv/x/payments.openapi.yaml", "srv-x-payments-openapi-yaml"],
])("calls the server of %j %s", (text, name) => {
  expect(serverName(text)).toBe(name);
});

test("reads a command line without a shell", () => {
  expect(commandWords(`npx -y "a b" 'c d' $HOME`)).toEqual(["npx", "-y", "a b", "c d", "$HOME"]);
  expect([mcpUrl("npx x"), mcpUrl("https://x.example/mcp")?.href]).toEqual([null, "https://x.example/mcp"]);
});

test("has settings of the linter by which a rule may import each package of the library", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-linted-"));
  const rule = [
    "package sallyport.rules.refunds.asked",
    "import data.sallyport.lib.ask",
    "import data.sallyport.reason",
    "# METADATA\n# title: Refunds are approved\n# custom: { code: REFUND_ASKED, severity: medium }\n_asked := reason.of(rego.metadata.chain())",
    'hold contains {"reason": _asked, "approval": ask.requirement} if input.resource.id == "billing/refund"',
  ];
  const files = { ...sitePolicy(site), "sallyport/rules/refunds/asked/asked.rego": `${rule.join("\n\n")}\n` };
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const { stdout } = await promisify(execFile)("regal", ["lint", folder]).catch((error: unknown) => error as Linted);
    expect(stdout).toContain("No violations found");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 30_000);

interface Linted {
  readonly stdout: string;
}
