import { Ajv2020 } from "ajv/dist/2020.js";

/**
 * Written from the documentation of the MCP registry's API (OpenAPI document of 2025-12-01, `server.json` of 2025-12-11), and stricter: no
 * members that it does not name. It is not the published schema itself.
 */
const text = (minLength: number, maxLength: number, pattern = "") => ({
  type: "string",
  minLength,
  maxLength,
  pattern,
});
const object = (properties: object, required: readonly string[]) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const dateTime = {
  type: "string",
  pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d)$",
};

const remote = object(
  { type: { enum: ["streamable-http", "sse"] }, url: { type: "string", pattern: "^https?://\\S+$" } },
  ["type", "url"],
);
const server = object(
  {
    $schema: { const: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json" },
    name: text(3, 200, "^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$"),
    title: text(1, 100),
    description: text(1, 100),
    version: text(1, 255, "^[^\\^~<>=*]+$"),
    remotes: { type: "array", items: remote, minItems: 1 },
  },
  ["name", "description", "version"],
);
const official = object(
  {
    status: { enum: ["active", "deprecated", "deleted"] },
    statusMessage: text(0, 500),
    statusChangedAt: dateTime,
    publishedAt: dateTime,
    updatedAt: dateTime,
    isLatest: { type: "boolean" },
  },
  [],
);
const response = object({ server, _meta: object({ "io.modelcontextprotocol.registry/official": official }, []) }, [
  "server",
]);
const list = object(
  {
    servers: { type: "array", items: response },
    metadata: object({ nextCursor: { type: "string" }, count: { type: "integer", minimum: 0 } }, []),
  },
  ["servers"],
);

const ajv = new Ajv2020({ allErrors: true });
const checks = { ServerList: ajv.compile(list), ServerResponse: ajv.compile(response) };

/** What in an answer of the registry is not as its documentation says; empty when nothing is. */
export function differencesFrom(name: keyof typeof checks, answer: unknown): string[] {
  const check = checks[name];
  return check(answer) ? [] : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
