import { relative, resolve } from "node:path";
import { type PolicySource, sourceLabels } from "../../bundles/layers/policy-source.ts";
import type { Location } from "../../bundles/failure.ts";

export interface Found {
  readonly errors: readonly Location[];
  readonly warnings: readonly Location[];
  /** Of a failure without a place. */
  readonly message?: string;
}

const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** SARIF 2.1.0 (OASIS, 2020), with paths from the current folder, as code hosts want them. */
export function sarifText(list: readonly PolicySource[], { errors, warnings, message }: Found): string {
  const placeless = errors.length === 0 && message !== undefined ? [{ ...result("error", message) }] : [];
  const results = [
    ...errors.map((place) => located(list, "error", place)),
    ...placeless,
    ...warnings.map((place) => located(list, "warning", place)),
  ];
  const driver = { name: "sallyport", rules: [{ id: "policy-check" }] };
  const report = { $schema: schema, version: "2.1.0", runs: [{ tool: { driver }, results }] };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function result(level: "error" | "warning", text: string): object {
  return { ruleId: "policy-check", level, message: { text } };
}

function located(
  list: readonly PolicySource[],
  level: "error" | "warning",
  { file, line, column, message }: Location,
): object {
  const uri = relative(process.cwd(), fileOf(list, file)).replaceAll("\\", "/");
  const region = { startLine: Math.max(1, line), ...(column === undefined ? {} : { startColumn: column }) };
  return { ...result(level, message), locations: [{ physicalLocation: { artifactLocation: { uri }, region } }] };
}

/** Paths are below the only source; of several, they begin with the label of theirs. */
function fileOf(list: readonly PolicySource[], file: string): string {
  const [only] = list;
  if (list.length === 1 && only !== undefined) return resolve(only.path, file);
  const labels = sourceLabels(list);
  const at = labels.findIndex((label) => file.startsWith(`${label}/`));
  const source = list[at];
  return source === undefined ? resolve(file) : resolve(source.path, file.slice((labels[at]?.length ?? 0) + 1));
}
