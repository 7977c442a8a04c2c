/** The reference server's own words for what it does not have are the words for what policy hides of it. */
import { rm } from "node:fs/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { allowWhole } from "../support/allow-whole.ts";
import { startEverything } from "../support/everything-server.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const prefix = "/mcp/everything";

const rule = `package sallyport.rules.site.secret

import data.sallyport.reason

# METADATA
# title: Nobody may know of these
# custom:
#   code: SECRET
#   severity: high
#   controls: [ASI03]
#   owner: tests
_secret := reason.of(rego.metadata.chain())

deny contains _secret if {
	some name in ["get-env", "args-prompt", "dynamic/text/7", "features.md"]
	contains(input.resource.id, name)
}

hide contains each if some each in deny
`;

let everything: Awaited<ReturnType<typeof startEverything>>;
let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  everything = await startEverything();
  gateway = await startGateway({
    routes: [crmRoute(everything.origin, { id: "everything", prefix, server: "everything", credential: undefined })],
    policy: async (copy) => {
      await allowWhole(copy, "everything", ["echo"]);
      await copy.writeNew("sallyport/rules/site/secret/secret.rego", rule);
      // Tools that the catalog does not have reach the server.
      for (const name of ["tools/known", "reversibility", "sensitivity", "exfiltration", "destinations", "provenance"])
        await rm(copy.file(`sallyport/rules/${name}`), { recursive: true });
      await copy.dropGoldenCases();
    },
  });
  client = new Client({ name: "tests", version: "1" });
  const token = gateway.token({ sub: "support-bot", role: "support" }, prefix);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.agents + prefix), { requestInit }));
});
afterAll(async () => {
  await client?.close();
  await Promise.all([gateway?.close(), everything?.stop()]);
});

const byName = (method: string) => (name: string) => ({ method, params: { name, arguments: {} } });
const read = (uri: string) => ({ method: "resources/read", params: { uri } });

/** What a client hears, told apart by nothing but the name. */
async function heard(
  request: { readonly method: string; readonly params: Record<string, unknown> },
  name: string,
): Promise<string> {
  const got = await client.request(request, ResultSchema).catch((thrown: Error) => ({ thrown: thrown.message }));
  return JSON.stringify(got)
    .replaceAll(name, "NAME")
    .replaceAll(/d_[\w-]{22}/g, "DECISION");
}

test.each([
  ["a tool", byName("tools/call"), "get-env", "got-env", /not found/],
  ["a prompt", byName("prompts/get"), "args-prompt", "arms-prompt", /not found/],
  [
    "a resource",
    read,
    "demo://resource/static/document/features.md",
    "demo://resource/static/document/feathers.md",
    /not found/,
  ],
  [
    "a resource of a template",
    read,
    "demo://resource/dynamic/text/7",
    "demo://resource/dynamic/text/seven",
    /Unknown resource/,
  ],
] as const)(
  "what is hidden is in the words of what the server does not have: %s",
  async (_what, ask, hidden, unknown, words) => {
    const said = await heard(ask(unknown), unknown);
    expect(said).toMatch(words);
    expect(await heard(ask(hidden), hidden)).toBe(said);
  },
);
