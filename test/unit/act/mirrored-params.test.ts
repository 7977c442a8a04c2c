import { assertMirroredParams } from "../../../gateway/act/mirrored-params.ts";
import { mirroredParams } from "../../../gateway/domain/tool-definitions.ts";
import { toolCall } from "../../support/builders.ts";

const region = { type: "string", "x-mcp-header": "Region" };

test("compares with the body where policy is kept from the arguments", async () => {
  const params = (value: string) => ({ params: { name: "t", arguments: { region: value } } });
  const base = toolCall();
  const call = (value: string) => ({
    ...base,
    route: { ...base.route, protocol: "mcp" as const },
    arguments: {},
    argumentsOmitted: true,
    request: {
      ...base.request,
      headers: [["mcp-param-region", "eu"]] as const,
      body: Buffer.from(JSON.stringify(params(value))),
    },
    mcp: {
      era: "modern" as const,
      version: "2026-07-28" as const,
      kind: "request" as const,
      id: 1,
      method: "tools/call",
      progressToken: null,
      transportSession: null,
      acceptsEventStream: false,
      tasks: null,
    },
  });
  const ledger = {
    mirrored: () => mirroredParams({ inputSchema: { properties: { region } } }),
  };
  await expect(assertMirroredParams(call("eu"), ledger as never)).resolves.toBeUndefined();
  await expect(assertMirroredParams(call("us"), ledger as never)).rejects.toThrow("An MCP header");
});
