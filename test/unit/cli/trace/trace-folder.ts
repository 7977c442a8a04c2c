import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { library } from "../configured-folder.ts";

const tools = `servers:
  desk:
    read: { sensitivity: low, reversible: true, sink: internal, labels: [] }
    note: { sensitivity: low, reversible: true, sink: internal, labels: [] }
    close: { sensitivity: high, reversible: true, sink: internal, labels: [] }
    remove: { sensitivity: medium, reversible: false, sink: internal, labels: [] }
inside: [ours.example]
`;

/** A new folder with `tools.yaml` and the files given, by name. */
export function traceFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-traces-"));
  for (const [name, text] of Object.entries({ "tools.yaml": tools, ...files })) writeFileSync(join(folder, name), text);
  return folder;
}

/** A session in YAML; `calls` are its lines below `calls:`. */
export function sessionText(id: string, kind: string, calls: readonly string[], more = ""): string {
  return `id: ${id}\nkind: ${kind}\nperson: { id: ada@ours.example, name: Ada }\nagent: desk-bot\ntask: Look at ticket 7.\n${more}calls:\n${calls
    .map((call) => `  - ${call}\n`)
    .join("")}`;
}

/** The library with these rules alone, which compiles faster than with all of them. */
export function smallPolicy(rules: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-small-policy-"));
  cpSync(library, folder, { recursive: true });
  const all = join(folder, "sallyport/rules");
  for (const topic of readdirSync(all)) {
    for (const rule of readdirSync(join(all, topic)))
      if (!rules.includes(`${topic}/${rule}`)) rmSync(join(all, topic, rule), { recursive: true });
    if (readdirSync(join(all, topic)).length === 0) rmSync(join(all, topic), { recursive: true });
  }
  mkdirSync(all, { recursive: true });
  return folder;
}
