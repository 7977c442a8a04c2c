import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { policyInputOf, selfTestInput } from "../../../../gateway/bundles/golden-cases.ts";
import type { PolicySource } from "../../../../gateway/bundles/layers/policy-source.ts";
import { createPolicyEngine } from "../../../../gateway/decide/engine.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { policyFolder } from "./policy-folder.ts";

export const main = `# METADATA
# title: Collects
package sallyport.main

decision := {
  "effect": "deny",
  "reasons": [{"code": "TOLD", "message": data.team.told, "rule": "x/y", "severity": "low", "controls": []}],
  "obligations": [],
  "approval": null,
  "risk": null,
}

visible := {"visible": false}

result := {"effect": "block", "reasons": [], "redactions": [], "labels": []}
`;
/** A package in Rego v0, which the answer of the policy reads: no `if`, no `contains`. */
export const old = `package team

told = sprintf("%v %v", [data.words.first, count(names)]) { count(names) > 0 }

names[name] { name := data.words.list[_] }
`;
/** The same in Rego v1. */
export const current = old
  .replace(
    'told = sprintf("%v %v", [data.words.first, count(names)]) {',
    'told := sprintf("%v %v", [data.words.first, count(names)]) if {',
  )
  .replace("names[name] {", "names contains name if {");

export const words = { "words/data.yaml": "first: hello\nlist: [a, b]\n" };

/** A policy folder that answers what `data.team` says, and bundles beside it. */
export async function archiveRoom() {
  const root = await mkdtemp(join(tmpdir(), "sallyport-archives-"));
  const folder = await policyFolder({ "sallyport/main/main.rego": main });
  const only: PolicySource = { kind: "folder", path: folder.dir };

  /** A bundle as `tar` packs a folder, with a manifest. */
  async function bundle(
    name: string,
    files: Readonly<Record<string, string>>,
    manifest: object = {},
  ): Promise<PolicySource> {
    const place = join(root, name);
    for (const [path, text] of Object.entries({ ...files, ".manifest": JSON.stringify(manifest) })) {
      await mkdir(dirname(join(place, path)), { recursive: true });
      await writeFile(join(place, path), text);
    }
    const path = join(root, `${name}.tar.gz`);
    execFileSync("tar", [
      "--format=ustar",
      "-czf",
      path,
      "-C",
      place,
      ...new Set(Object.keys(files).map((file) => file.split("/")[0] ?? "")),
      ".manifest",
    ]);
    return { kind: "archive", path };
  }

  /** The answer of the policy that the sources make. */
  async function told(...sources: readonly PolicySource[]): Promise<string> {
    const bundles = folder.bundles({ engine: createPolicyEngine(), sources, watch: false });
    await bundles.start();
    const input = policyInputOf(selfTestInput("call"));
    const answer = (bundles.active()?.evaluate("decision", input).results as [{ result: JsonObject }])[0].result;
    return (answer["reasons"] as [{ message: string }])[0].message;
  }

  async function remove(): Promise<void> {
    await folder.remove();
    await rm(root, { recursive: true });
  }

  return { root, folder, only, bundle, told, remove };
}
