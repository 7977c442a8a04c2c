import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Ajv, type ValidateFunction } from "ajv";
import { parseAllDocuments } from "yaml";
import { isJsonObject, type JsonObject } from "../../../gateway/lib/json.ts";
import { foundTool } from "../../support/found-tool.ts";

const run = promisify(execFile);
export const chart = fileURLToPath(new URL("../../../deploy/helm/sallyport/", import.meta.url));
const helm = fileURLToPath(new URL("../../../.tools/bin/helm", import.meta.url));
/** Of which there are schemas; `path` is a folder with a folder of each version. */
export const schemas = foundTool("kubernetes");
const kubeVersion = "1.37.0";

export const valueFiles = readdirSync(join(chart, "ci"));

export interface Manifest extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string };
}

/** `more`: further arguments. @throws Error with what Helm says */
export async function lint(values: string): Promise<void> {
  await run(helm, ["lint", chart, "--strict", "--kube-version", kubeVersion, "--values", join(chart, "ci", values)]);
}

/** What the chart makes of one of its value files. @throws Error with what Helm says */
export async function rendered(values: string, ...more: readonly string[]): Promise<readonly Manifest[]> {
  const options = ["--kube-version", kubeVersion, "--values", join(chart, "ci", values), ...more];
  // No configuration of whoever runs the tests names a cluster.
  const env = { ...process.env, KUBECONFIG: "/dev/null" };
  const { stdout } = await run(helm, ["template", "sallyport", chart, ...options], { env });
  return parseAllDocuments(stdout).flatMap((document) =>
    document.contents === null ? [] : [document.toJS() as Manifest],
  );
}

/** The only one of its kind, or the only one whose name begins so. */
export function only(manifests: readonly Manifest[], kind: string, begin = ""): Manifest {
  const found = manifests.filter((one) => one.kind === kind && one.metadata.name.startsWith(begin));
  if (found.length !== 1) throw new Error(`${found.length} manifests of kind ${kind} ${begin}`);
  return found[0] as Manifest;
}

/** Kubernetes' own schemas of one version, which refuse unknown fields. */
export class KubernetesSchemas {
  readonly #folder: string;
  readonly #ajv: Ajv;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(version: string) {
    this.#folder = join(schemas.path ?? "", version);
    this.#ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    this.#ajv.addSchema(this.#read("_definitions.json"), "_definitions.json");
  }

  /** What is wrong with a manifest; null when this Kubernetes has no such kind. */
  problems(manifest: Manifest): readonly string[] | null {
    const [group = "", version] = manifest.apiVersion.split("/");
    const api = version === undefined ? group : `${group.split(".")[0]}-${version}`;
    const file = `${manifest.kind.toLowerCase()}-${api}.json`;
    if (!existsSync(join(this.#folder, file))) return null;
    const validate = this.#compiled.get(file) ?? this.#ajv.compile(this.#read(file));
    this.#compiled.set(file, validate);
    const { kind, metadata } = manifest;
    const isFit: boolean = validate(manifest);
    if (isFit) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${kind} ${metadata.name} ${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  #read(file: string): JsonObject {
    const schema: unknown = JSON.parse(readFileSync(join(this.#folder, file), "utf8"));
    if (!isJsonObject(schema)) throw new Error(`${file} is no schema`);
    // Of a draft that Ajv has no name for; what the schemas use of it has not changed since.
    const { $schema: _draft, ...rest } = schema;
    return rest;
  }
}
