/** What clients do at each server. */
import { join } from "node:path";
import { thousandNames } from "../thousand-tools.ts";
import { loggedBesideCalls, nothing, type Plan } from "./plan.ts";

const demo = "demo://resource";

export const everything: Plan = {
  capabilities: ["sampling", "elicitation", "roots"],
  calls: [
    ["echo", { message: "\u2028 \u0085 \ud83d\ude00" }],
    ["get-annotated-message", { messageType: "error", includeImage: true }],
    ["get-env", {}],
    ["get-resource-links", { count: 3 }],
    ["get-resource-reference", { resourceType: "Text", resourceId: 1 }],
    ["get-structured-content", { location: "Chicago" }],
    ["get-sum", { a: 1, b: 2 }],
    ["get-sum", { a: "x" }],
    ["get-tiny-image", {}],
    ["gzip-file-as-resource", { name: "x.gz", data: "data:text/plain;base64,aGVsbG8=", outputType: "resource" }],
    ["toggle-simulated-logging", {}],
    ["toggle-simulated-logging", {}],
    ["toggle-subscriber-updates", {}],
    ["toggle-subscriber-updates", {}],
    ["trigger-long-running-operation", { duration: 0.3, steps: 3 }],
    ["get-roots-list", {}],
    ["trigger-elicitation-request", {}],
    ["trigger-url-elicitation", { url: "https://example.com/x", elicitationId: "e-1" }],
    ["trigger-sampling-request", { prompt: "p", maxTokens: 5 }],
    ["simulate-research-query", { topic: "t" }],
  ],
  uris: [`${demo}/dynamic/text/1`, `${demo}/dynamic/blob/2`, `${demo}/dynamic/text/none`],
  prompts: {
    "simple-prompt": {},
    "args-prompt": { city: "Oslo" },
    "completable-prompt": { department: "Engineering", name: "Alice" },
    "resource-prompt": { resourceType: "Text", resourceId: "1" },
  },
  completions: [
    { ref: { type: "ref/prompt", name: "completable-prompt" }, argument: { name: "department", value: "E" } },
    {
      ref: { type: "ref/resource", uri: `${demo}/dynamic/text/{resourceId}` },
      argument: { name: "resourceId", value: "1" },
    },
  ],
  slow: ["trigger-long-running-operation", { duration: 600, steps: 3000 }],
  updates: "toggle-subscriber-updates",
  tells: [...["notifications/resources/list_changed", "notifications/resources/updated", ...loggedBesideCalls]],
};

/** Each kind of notification that MCP 2026-07-28 has for clients which call and listen. */
export const modern: Plan = {
  ...nothing,
  calls: [
    ["say", {}],
    ["say", {}],
  ],
  prompts: { greet: {} },
  updates: "change",
  tells: [
    ...["notifications/tools/list_changed", "notifications/prompts/list_changed"],
    ...["notifications/resources/list_changed", "notifications/resources/updated", "notifications/message"],
  ],
};

const entity = (name: string) => ({ name, entityType: "person", observations: [`is ${name}`] });
const relation = { from: "Ada", to: "Bob", relationType: "knows" };
export const memory: Plan = {
  ...nothing,
  calls: [
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

export function filesystem(files: string): Plan {
  const at = (name: string) => join(files, name);
  return {
    ...nothing,
    calls: [
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
  };
}

export const python: Plan = {
  ...nothing,
  capabilities: ["sampling", "elicitation"],
  calls: [
    ["add", { a: 1, b: 2 }],
    ["add", { a: "x" }],
    ["large", {}],
    ["fail", {}],
    ["steps", { count: 3 }],
    ["who", {}],
    ["think", {}],
    ["environment", {}],
  ],
  uris: ["note://two/text"],
  prompts: { greet: { name: "Ada" } },
  tells: ['"data":"done"'],
};

/** Every tool, or one of so many. */
export const thousandCalls = (oneOf: number): Plan => ({
  ...nothing,
  calls: thousandNames.filter((_, at) => at % oneOf === 0).map((name) => [name, { id: "7", amount: 2.5 }]),
});
