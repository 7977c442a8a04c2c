import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import type { Revision } from "../suite.ts";

const info = { name: "conformance", version: "1" };

/** `given`: what the suite tells the client besides the address. */
type Play = (url: URL, given: Given) => Promise<void>;

export interface Given {
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: Record<string, unknown> }[];
}

/** What a client does in the suite's scenarios for clients, as its README names them. */
export const scenarios: Readonly<Record<Revision, Readonly<Record<string, Play>>>> = {
  "2025-11-25": {
    initialize: (url) => legacy(url, async (client) => void (await client.listTools())),
    tools_call: (url) => legacy(url, (client) => addNumbers(client)),
    "elicitation-sep1034-client-defaults": (url) => legacy(url, callWithDefaults),
    // The stream of the call ends before its answer, which comes on the one that is opened after the time that it told.
    "sse-retry": (url) => legacy(url, async (client) => void (await client.callTool({ name: "test_reconnection" }))),
  },
  "2026-07-28": {
    tools_call: (url) => modern(url, (client) => addNumbers(client)),
    "request-metadata": (url) => modern(url, async (client) => void (await client.listTools())),
    "sep-2322-client-request-state": (url) => modern(url, callInRounds),
    "http-standard-headers": (url) => modern(url, useEverything),
    "http-custom-headers": (url, { toolCalls = [] }) => modern(url, (client) => callAll(client, toolCalls)),
    "http-invalid-tool-headers": (url) => modern(url, callEveryListed),
    "json-schema-ref-no-deref": (url) => modern(url, async (client) => void (await client.listTools())),
  },
};

/** Scenarios that the suite requires of clients and that are not played, each with the reason. */
export const exceptions: readonly (readonly [scenarios: RegExp, reason: string])[] = [
  [
    /^auth\//,
    "they are about the authorization of the suite's own server: a gateway is the protected resource itself, and answers in its place",
  ],
];

/** Tools that the scenarios call. */
export const tools = [
  ...["add_numbers", "test_client_elicitation_defaults", "test_reconnection"],
  ...["test_mrtr_echo_state", "test_mrtr_no_state", "test_mrtr_unrelated", "test_mrtr_no_result_type"],
  ...["test_headers", "my-hyphenated-tool", "test_custom_headers", "test_custom_headers_null", "lookup_user"],
  // Policy lets the client call these too: that it does not is not the doing of the policy.
  ...["valid_tool", "invalid_empty_header", "invalid_object_header", "invalid_array_header", "invalid_null_header"],
  ...["invalid_number_header", "invalid_duplicate_same_case", "invalid_duplicate_diff_case", "invalid_space_in_name"],
  ...["invalid_colon_in_name", "invalid_non_ascii_name", "invalid_control_char_name"],
] as const;

async function legacy(url: URL, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client(info, { capabilities: { elicitation: { form: { applyDefaults: true } } } });
  await client.connect(new StreamableHTTPClientTransport(url));
  await work(client);
  await client.close();
}

async function modern(url: URL, work: (client: ModernClient) => Promise<void>): Promise<void> {
  const capabilities = { elicitation: { form: {} } };
  const client = new ModernClient(info, { capabilities, versionNegotiation: { mode: "auto" } });
  client.setRequestHandler("elicitation/create", () => ({ action: "accept", content: { confirmed: true } }));
  await client.connect(new ModernTransport(url));
  await work(client);
  await client.close();
}

async function addNumbers(client: Client | ModernClient): Promise<void> {
  await client.listTools();
  await client.callTool({ name: "add_numbers", arguments: { a: 5, b: 3 } });
}

async function callWithDefaults(client: Client): Promise<void> {
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: {} }));
  await client.listTools();
  await client.callTool({ name: "test_client_elicitation_defaults" });
}

async function callInRounds(client: ModernClient): Promise<void> {
  await client.listTools();
  const names = tools.filter((name) => name.startsWith("test_mrtr_"));
  // At once, so that a state might get into another's call. The SDK takes no result without a type, which one of them answers with.
  await Promise.allSettled(names.map((name) => client.callTool({ name })));
}

async function useEverything(client: ModernClient): Promise<void> {
  await callEveryListed(client);
  for (const { uri } of (await client.listResources()).resources) await client.readResource({ uri });
  for (const { name } of (await client.listPrompts()).prompts) await client.getPrompt({ name });
}

async function callEveryListed(client: ModernClient): Promise<void> {
  for (const { name } of (await client.listTools()).tools) await client.callTool({ name });
}

async function callAll(client: ModernClient, calls: NonNullable<Given["toolCalls"]>): Promise<void> {
  await client.listTools();
  for (const call of calls) await client.callTool(call);
}
