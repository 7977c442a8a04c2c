import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { eventually } from "./eventually.ts";
import type { PolicyCopy } from "./policy-copy.ts";

const low = {
  sensitivity: "low",
  reversible: true,
  sink: "internal",
  owner: "tests",
  labels: [],
  returns: { own_text: true },
};
const called = [
  ..."echo get-annotated-message get-resource-links get-resource-reference get-structured-content".split(" "),
  ..."trigger-sampling-request trigger-elicitation-request get-roots-list toggle-simulated-logging".split(" "),
];
const methods = [
  ..."resources/list resources/read resources/templates/list resources/subscribe resources/unsubscribe".split(" "),
  ..."prompts/list prompts/get completion/complete logging/setLevel".split(" "),
];
const all = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, true]));

/** Lets agents with the role `support` call all of it on the server `everything`. */
export async function allowEverything(copy: PolicyCopy): Promise<void> {
  await copy.addData("catalog", { everything: Object.fromEntries(called.map((name) => [name, low])) });
  const entitled = { tools: all(called), methods: all(methods) };
  await copy.addData("entitlements", { support: { everything: entitled } });
}

/** What one client gets of all that the reference server offers; times and made-up ids apart. */
export async function everythingTour(transport: Transport): Promise<unknown> {
  const capabilities = { sampling: {}, elicitation: {}, roots: { listChanged: true } };
  const client = new Client({ name: "tour", version: "1" }, { capabilities });
  const logged: unknown[] = [];
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    role: "assistant",
    model: "test",
    content: { type: "text", text: "sampled" },
  }));
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: "decline" }));
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: "file:///tour", name: "tour" }] }));
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logged.push(params.level));
  await client.connect(transport);
  const call = (name: string, args: Record<string, unknown> = {}) => client.callTool({ name, arguments: args });
  const { tools } = await client.listTools();
  const seen = [
    tools.filter(({ name }) => called.includes(name)).map(({ execution: _ours, ...tool }) => tool),
    await call("echo", { message: "\u2028 \u0085 \ud83d\ude00" }),
    await call("get-annotated-message", { messageType: "error", includeImage: true }),
    await call("get-structured-content", { location: "Chicago" }),
    await call("get-resource-links", { count: 2 }),
    await call("trigger-sampling-request", { prompt: "p", maxTokens: 5 }),
    await call("trigger-elicitation-request"),
    await call("get-roots-list"),
    await client.listResources(),
    await client.listResourceTemplates(),
    await client.readResource({ uri: "demo://resource/static/document/architecture.md" }).catch(String),
    await client.listPrompts(),
    await client.getPrompt({ name: "simple-prompt" }),
    await client
      .complete({
        ref: { type: "ref/prompt", name: "completable-prompt" },
        argument: { name: "department", value: "E" },
      })
      .catch(String),
    await client.setLoggingLevel("debug"),
  ];
  await call("toggle-simulated-logging");
  await eventually("something is logged", () => (logged.length > 0 ? true : null));
  await client.close();
  return JSON.parse(JSON.stringify(seen));
}
