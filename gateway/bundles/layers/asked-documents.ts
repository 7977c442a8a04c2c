import type { GeneratedFile } from "./adopted-rules.ts";

/** The package of documents that the Data API answers with: one rule for each path, so that each is compiled as an entrypoint. */
const home = ["sallyport", "asked"];
const isRule = /^(path_[0-9a-f]+) := /gm;

/** The entrypoint of a path such as `httpapi/authz/allow`. Different paths have different names. */
export function askedEntrypoint(path: string): string {
  return [...home, ruleName(path)].join("/");
}

const ruleName = (path: string): string => `path_${Buffer.from(path).toString("hex")}`;

/** What there is not is undefined, as OPA answers it: a bundle may bring it later. */
export function askedDocuments(paths: readonly string[]): GeneratedFile {
  const names = paths.map((path) => `data.${path.replaceAll("/", ".")}`);
  const steps = (path: string): string =>
    path
      .split("/")
      .map((step) => `["${step}"]`)
      .join("");
  const rules = paths.map((path) => `${ruleName(path)} := data${steps(path)}\n`);
  const optional = names.map((name) => `#     - ${name}\n`).join("");
  const metadata = `# METADATA\n# scope: package\n# custom:\n#   optional:\n${optional}`;
  return { path: "asked.rego", text: `${metadata}package ${home.join(".")}\n\n${rules.join("\n")}` };
}

/** The entrypoints of the documents among the files of a policy. */
export function askedEntrypoints(files: readonly { readonly path: string; readonly bytes: Buffer }[]): string[] {
  const file = files.find(({ path }) => path === "asked/asked.rego");
  const rules = file?.bytes.toString("utf8").matchAll(isRule) ?? [];
  return [...rules].map(([, name = ""]) => [...home, name].join("/"));
}
