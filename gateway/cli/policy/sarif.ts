import { relative, resolve } from "node:path";
import type { Location } from "../../bundles/failure.ts";

export interface Found {
  readonly errors: readonly Location[];
  readonly warnings: readonly Location[];
  /** Of a failure without a place. */
  readonly message?: string;
}

const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** SARIF 2.1.0 (OASIS, 2020), with paths from the current folder, as code hosts want them. */
export function sarifText(folder: string, { errors, warnings, message }: Found): string {
  const placeless = errors.length === 0 && message !== undefined ? [{ ...result("error", message) }] : [];
  const results = [
    ...errors.map((place) => located(folder, "error", place)),
    ...placeless,
    ...warnings.map((place) => located(folder, "warning", place)),
  ];
  const driver = { name: "sallyport", rules: [{ id: "policy-check" }] };
  const report = { $schema: schema, version: "2.1.0", runs: [{ tool: { driver }, results }] };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function result(level: "error" | "warning", text: string): object {
  return { ruleId: "policy-check", level, message: { text } };
}

function located(folder: string, level: "error" | "warning", { file, line, column, message }: Location): object {
  const uri = relative(process.cwd(), resolve(folder, file)).replaceAll("\\", "/");
  const region = { startLine: Math.max(1, line), ...(column === undefined ? {} : { startColumn: column }) };
  return { ...result(level, message), locations: [{ physicalLocation: { artifactLocation: { uri }, region } }] };
}
