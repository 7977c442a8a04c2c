import { existsSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import { readConfig } from "../config/read-config.ts";
import { escapeControls } from "../lib/look-alike.ts";
import { makeFolderOf, writeOutput } from "./common/output-file.ts";
import { configOption, type ConfigOptions, type Verb, CliFailure, exits } from "./common/verb.ts";
import { type CatalogFile, readCatalogFile, toolsIn, withTools } from "./init/catalog-file.ts";
import { catalogLines, unnamedLine } from "./init/catalog-text.ts";
import { mcpUrl } from "./init/ask-mcp-server.ts";
import { describedServer, type DescriptionOptions, descriptionOptions, givenSecrets } from "./init/describe.ts";
import { credentialOfRoute, routesTo, type ServerSecrets } from "./init/server-credential.ts";

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
    const catalog = catalogOf(options.config, described.name);
    const file = catalog.path;
    const known = toolsIn(catalog, described.name);
    const added = described.tools.filter(({ name }) => !known.has(name));
    const gone = [...known].filter((name) => !described.tools.some((tool) => tool.name === name));
    if (added.length > 0 && !options.dryRun) {
      const text = withTools(catalog, described.name, added);
      makeFolderOf(file);
      writeOutput(file, text);
    }
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

/** Of the folder whose catalog has the server, else of the last one. @throws CliFailure catalog_missing, catalog_unreadable, ConfigError */
function catalogOf(config: string, server: string): CatalogFile {
  const { sources } = readConfig(config, { secrets: false }).policy;
  const folders = sources.flatMap((source) =>
    source.kind === "folder" ? [join(source.path, "sallyport/catalog")] : [],
  );
  const files = folders.flatMap(catalogFiles).map(readCatalogFile);
  const catalog = files.find(({ servers }) => Object.hasOwn(servers, server)) ?? files.at(-1);
  if (catalog !== undefined) return catalog;
  const message = `${config} names no folder of policy that lines could be added to.`;
  throw new CliFailure(exits.usage, "catalog_missing", message);
}

/** All names that data may have; where none is there, the usual one. */
function catalogFiles(folder: string): string[] {
  const [usual, ...others] = ["data.yaml", "data.yml", "data.json"].map((name) => join(folder, name));
  const there = [...others, usual ?? ""].filter((path) => existsSync(path));
  return there.length === 0 ? [usual ?? ""] : there;
}
