import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Option } from "commander";
import { readConfig } from "../config/read-config.ts";
import { isJsonObject } from "../lib/json.ts";
import { escapeControls } from "../lib/look-alike.ts";
import { readYaml } from "../lib/yaml-places.ts";
import { configOption, type ConfigOptions, type Verb, CliFailure, exits } from "./common/verb.ts";
import { catalogLines, unnamedLine, yamlKey } from "./init/catalog-text.ts";
import { mcpUrl } from "./init/ask-mcp-server.ts";
import { describedServer, type DescriptionOptions, descriptionOptions, givenSecrets } from "./init/describe.ts";
import { credentialOfRoute, routesTo, type ServerSecrets } from "./init/server-credential.ts";
import type { DescribedTool } from "./init/described-tool.ts";

interface ImportOptions extends ConfigOptions, DescriptionOptions {
  readonly dryRun: boolean;
}

/** `sallyport tools import`: adds catalog lines for tools that a server describes and the policy does not know. */
export const importTools: Verb = {
  usage: "import",
  summary: "add catalog lines for tools of an API or MCP server that the policy does not have",
  examples: [
    "tools import --openapi billing.openapi.yaml --server billing",
    "tools import --mcp http://127.0.0.1:9102/mcp --server mail --dry-run",
    'tools import --mcp https://crm.example/mcp --header "Authorization: Bearer env:CRM_TOKEN"',
  ],
  options: [
    configOption,
    ...descriptionOptions,
    new Option("--dry-run", "only show the lines; exit 1 when there are any").default(false),
  ],
  async run({ printer, stop }, options: ImportOptions) {
    const described = await describedServer(options, stop, secretsFor(options));
    if (described === null)
      throw new CliFailure(exits.usage, "which_tools", "Say what to import: --openapi FILE, or --mcp PLACE.");
    const file = catalogFile(options.config, described.name);
    const text = textOf(file);
    const known = knownTools(text, described.name, file);
    const added = described.tools.filter(({ name }) => !known.has(name));
    const gone = [...known].filter((name) => !described.tools.some((tool) => tool.name === name));
    if (added.length > 0 && !options.dryRun) write(file, withTools(text, described.name, added, file));
    const lines = [
      ...(added.length === 0
        ? [`${file} has every tool of ${described.name}.`]
        : [`${described.name}:`, ...catalogLines(added)]),
      ...(gone.length === 0 ? [] : [`no longer described: ${gone.join(", ")}`]),
      ...unnamedLine(described.unnamed),
      ...(added.length === 0 || options.dryRun ? [] : [next]),
    ];
    const result = {
      file,
      server: described.name,
      added: added.map(({ name }) => name),
      gone,
      unnamed: described.unnamed,
      written: added.length > 0 && !options.dryRun,
    };
    printer.result(options.json, result, lines.map((line) => escapeControls(line)).join("\n"));
    if (options.dryRun && added.length > 0) throw new CliFailure(exits.negative, "tools_missing", "");
  },
};

/** A line of the catalog lets nobody use the tool. */
const next =
  "Check these lines; then say who may use the tools in entitlements/data.yaml, and who is asked in approvers/data.yaml.";

/** What `--header` and `--env` say, else what the route to this address carries. @throws CliFailure credential_form, credential_place, ConfigError */
function secretsFor(options: ImportOptions): ServerSecrets {
  const { openapi, mcp, header, config } = options;
  if (header.length > 0 && openapi !== undefined)
    throw new CliFailure(exits.usage, "credential_place", "--header is for --mcp: a document is read from a file.");
  const given = givenSecrets(options);
  const url = mcp === undefined ? null : mcpUrl(mcp);
  if (url === null) return given;
  const read = readConfig(config, { secrets: false });
  // A configuration with a route over plain http beyond loopback is refused unless the route allows it.
  const allowsInsecure = routesTo(read, url).length > 0;
  return { ...given, credential: given.credential ?? credentialOfRoute(read, url), allowsInsecure };
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Of the folder whose catalog has the server, else of the last one. @throws CliFailure catalog_missing, ConfigError */
function catalogFile(config: string, server: string): string {
  const { sources } = readConfig(config, { secrets: false }).policy;
  const files = sources.flatMap((source) =>
    source.kind === "folder" ? [join(source.path, "sallyport/catalog/data.yaml")] : [],
  );
  const file = files.find((one) => knownTools(textOf(one), server, one).size > 0) ?? files.at(-1);
  if (file !== undefined) return file;
  const message = `${config} names no folder of policy that lines could be added to.`;
  throw new CliFailure(exits.usage, "catalog_missing", message);
}

/** Empty when there is no such file. */
function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function knownTools(text: string, server: string, file: string): ReadonlySet<string> {
  const { values, faults } = readYaml(text, { merge: true });
  const [fault] = faults;
  if (fault !== undefined)
    throw new CliFailure(exits.usage, "catalog_unreadable", `${file}:${fault.place.line}: ${fault.message}`);
  const entry = isJsonObject(values) && Object.hasOwn(values, server) ? values[server] : undefined;
  return new Set(isJsonObject(entry) ? Object.keys(entry) : []);
}

/** The file with the lines added: behind those of the server, or at its end. Every other line stays. @throws CliFailure catalog_form */
function withTools(text: string, server: string, added: readonly DescribedTool[], file: string): string {
  const lines = text
    .replace(/\n*$/, "")
    .split("\n")
    .filter((line, _, all) => line !== "{}" && (line !== "" || all.length > 1));
  const start = lines.findIndex((line) => line.startsWith(`${yamlKey(server)}:`));
  if (start < 0) return [...lines, `${yamlKey(server)}:`, ...catalogLines(added), ""].join("\n");
  if (!/:\s*(?:#.*)?$/.test(lines[start] ?? ""))
    throw new CliFailure(
      exits.usage,
      "catalog_form",
      `${file}:${start + 1}: write ${server} with one line for each tool.`,
    );
  const after = lines.findIndex((line, index) => index > start && /^[^\s#]/.test(line));
  const end = after < 0 ? lines.length : after;
  const changed = [...lines.slice(0, end), ...catalogLines(added), ...lines.slice(end), ""].join("\n");
  const missing = added.filter(({ name }) => !knownTools(changed, server, file).has(name));
  if (missing.length > 0)
    throw new CliFailure(
      exits.usage,
      "catalog_form",
      `${file}: lines of ${server} are indented in another way; write them by two blanks.`,
    );
  return changed;
}
