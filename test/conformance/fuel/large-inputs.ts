import type { JsonObject, JsonValue } from "../../../gateway/lib/json.ts";

/** Bounds of the amounts in a list. */
export const limits = { payments: { pay: { "/lines/*/amount": { above: 0, max: 500 } } } };

/** A call that is as large as honest callers make it, and the codes of the reasons that its decision has. */
interface LargeInput {
  readonly name: string;
  readonly codes: readonly string[];
  readonly changes: Changes;
}

/** To the input of another call. */
interface Changes {
  readonly context: JsonObject;
  readonly catalog?: JsonObject;
  readonly server?: string;
  readonly tool?: string;
  readonly type?: string;
}

const line = `The value stands on page two of the contract that was sent to you\n`;

const external = { sink: "external", destination: ["/to"], external_if: ["/to"] };
const recipient = { role: "destination", kind: "email" };

const ofProvenance: readonly LargeInput[] = [
  {
    name: "256 values in a session that has read untrusted text",
    codes: ["APPROVAL_REQUIRED", "DESTROYS_UNNAMED"],
    changes: { context: tainted(many(256, (index) => value(`/rows/${index}`))) },
  },
  {
    name: "128 recipients whom nobody known has named",
    codes: ["APPROVAL_REQUIRED", "COMMITMENT_NOT_NAMED", "DESTINATION_NOT_KNOWN", "EXFILTRATION_CHAIN"],
    changes: { catalog: external, context: tainted(many(128, (index) => value(`/to/${index}`, recipient))) },
  },
  { name: "256 secrets of what the task identifies", codes: ["APPROVAL_REQUIRED"], changes: secrets(true) },
  { name: "256 other secrets", codes: ["APPROVAL_REQUIRED", "SECRET_LEAVES"], changes: secrets(false) },
  {
    name: "256 texts that are copied",
    codes: ["APPROVAL_REQUIRED", "DESTROYS_UNNAMED"],
    changes: { context: tainted([], { copied: many(256, (index) => `/rows/${index}`) }) },
  },
];

const ofArguments: readonly LargeInput[] = [
  {
    name: "1,000 lines of which each has an amount",
    codes: ["APPROVAL_REQUIRED"],
    changes: {
      tool: "pay",
      context: { arguments: { lines: many(1_000, (id) => ({ id, text: `Part ${id}`, amount: 1 + id / 4 })) } },
    },
  },
  {
    name: "1,000 arguments that people are asked about",
    codes: ["APPROVAL_REQUIRED"],
    changes: {
      tool: "pay_all",
      context: {
        arguments: Object.fromEntries(many(1_000, (index) => [`field_${index}`, `some value ${index} here`])),
      },
    },
  },
];

const ofLocalTools: readonly LargeInput[] = [
  {
    name: "a command of 32 KB",
    codes: ["NO_RULE_PERMITS"],
    changes: local("bash", { command: line.repeat(496), destinations: [] }),
  },
  {
    name: "texts of 32 KB in one call",
    codes: ["NO_RULE_PERMITS"],
    changes: local("NotebookEdit", { lines: many(496, (index) => `${line}${index}`) }),
  },
  {
    name: "a list of 500 things to do",
    codes: ["NO_RULE_PERMITS"],
    changes: local("TodoWrite", {
      todos: many(500, (index) => ({
        content: `Write test ${index}`,
        status: "pending",
        activeForm: `Writing ${index}`,
      })),
    }),
  },
];

const ofForms: readonly LargeInput[] = [
  { name: "a form of 40 described fields", codes: ["NO_RULE_PERMITS"], changes: form(40, "Please fill in the form.") },
  { name: "a form with a message of 12 KB", codes: ["NO_RULE_PERMITS"], changes: form(1, line.repeat(186)) },
];

export const largeInputs: readonly LargeInput[] = [...ofProvenance, ...ofArguments, ...ofLocalTools, ...ofForms];

function many<Item extends JsonValue>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function value(pointer: string, more: JsonObject = {}): JsonObject {
  const met = { seen: "never", inside: false, host: null, identified: false, back: false, tool: null, ago: null };
  return { pointer, role: "value", kind: "text", ...met, ...more };
}

function tainted(provenance: JsonObject[], more: JsonObject = {}): JsonObject {
  const session = { id: "s_1", trust: "token", calls: 9, labels: ["read:untrusted", "read:private"], history: [] };
  return { provenance, session, ...more };
}

function secrets(identified: boolean): Changes {
  const to = value("/to", { ...recipient, seen: "task" });
  const rows = many(255, (index) => value(`/rows/${index}`, { seen: "private" }));
  const all = many(256, (index) => ({ pointer: `/rows/${index}`, server: "crm", identified, led: false }));
  return { catalog: external, context: tainted([to, ...rows], { secrets: all }) };
}

function local(tool: string, args: JsonObject): Changes {
  return { server: "local", tool, context: { arguments: args } };
}

function form(fields: number, message: string): Changes {
  const properties = many(fields, (index) => [
    `customer_field_${index}`,
    { type: "string", title: `Customer field number ${index}`, description: line.repeat(3) },
  ]);
  const requestedSchema = { type: "object", properties: Object.fromEntries(properties) as JsonObject };
  return { server: "crm", type: "elicitation", context: { arguments: { mode: "form", message, requestedSchema } } };
}

/** `call`: the input of a call of the demonstration. */
export function changed(call: JsonObject, { context, catalog = {}, ...asked }: Changes): JsonObject {
  const resource = call["resource"] as JsonObject;
  const properties = resource["properties"] as JsonObject;
  const { type = "tool", server = "payments", tool = "create_refund" } = asked;
  const facts = { ...(properties["catalog"] as JsonObject), ...catalog };
  return {
    ...call,
    resource: { ...resource, type, properties: { ...properties, server, tool, catalog: facts } },
    context: { ...(call["context"] as JsonObject), ...context },
  };
}
