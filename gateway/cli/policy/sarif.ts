import { dirname, relative, resolve } from "node:path";
import { type PolicySource, sourceLabels } from "../../bundles/layers/policy-source.ts";
import { BundleFailure, type Location } from "../../bundles/failure.ts";
import { ConfigError } from "../../config/read-config.ts";

export interface Found {
  readonly errors: readonly Location[];
  readonly warnings: readonly Location[];
  /** Of a failure without a place. */
  readonly message?: string;
}

/** The policy that a report is about. */
interface ReportedPolicy {
  /** Empty when it is not known. */
  readonly list: readonly PolicySource[];
  /** The configuration, some of whose options stand for modules; it may be none that is there. */
  readonly config: string;
}

/** What ended a check. */
export function foundIn(failure: unknown): Found {
  const message = failure instanceof Error ? failure.message : String(failure);
  return { errors: placesIn(failure), warnings: [], message };
}

function placesIn(failure: unknown): readonly Location[] {
  if (failure instanceof BundleFailure) return failure.locations;
  if (!(failure instanceof ConfigError)) return [];
  return failure.problems.map(({ file, line, column, key, message }) => {
    const place = { line, column, message: key === "" ? message : `${key}: ${message}` };
    // Absolute, as no file of a source is.
    return { file: resolve(file), ...place };
  });
}

const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** SARIF 2.1.0 (OASIS, 2020), with paths from the current folder, as code hosts want them. */
export function sarifText(policy: ReportedPolicy, { errors, warnings, message }: Found): string {
  const placeless = errors.length === 0 && message !== undefined ? [{ ...result("error", message) }] : [];
  const results = [
    ...errors.map((place) => located(policy, "error", place)),
    ...placeless,
    ...warnings.map((place) => located(policy, "warning", place)),
  ];
  const driver = { name: "sallyport", rules: [{ id: "policy-check" }] };
  const report = { $schema: schema, version: "2.1.0", runs: [{ tool: { driver }, results }] };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function result(level: "error" | "warning", text: string): object {
  return { ruleId: "policy-check", level, message: { text } };
}

function located(
  policy: ReportedPolicy,
  level: "error" | "warning",
  { file, line, column, message }: Location,
): object {
  const uri = relative(process.cwd(), fileOf(policy, file)).replaceAll("\\", "/");
  const region = { startLine: Math.max(1, line), ...(column === undefined ? {} : { startColumn: column }) };
  return { ...result(level, message), locations: [{ physicalLocation: { artifactLocation: { uri }, region } }] };
}

/** Paths are below the only source; of several, they begin with the label of theirs. An option's file is named without its folder. */
function fileOf({ list, config }: ReportedPolicy, file: string): string {
  const [only] = list;
  if (list.length === 1 && only !== undefined) return resolve(only.path, file);
  const labels = sourceLabels(list);
  const at = labels.findIndex((label) => file.startsWith(`${label}/`));
  const source = list[at];
  return source === undefined
    ? resolve(dirname(config), file)
    : resolve(source.path, file.slice((labels[at]?.length ?? 0) + 1));
}
