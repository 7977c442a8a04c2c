import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOnlyPolicy } from "../../support/policy-copy.ts";

/** The policy library with the layer of the demonstration. */
export const library = readOnlyPolicy();

/** A new folder with a good configuration of two routes, a copy of the policy library, and `broken.yaml`. */
export function configuredFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-cli-"));
  cpSync(library, join(folder, "rego"), { recursive: true });
  const route = (id: string) =>
    `  - { id: ${id}, prefix: /${id}, protocol: http, server: ${id}, issuers: [dev], upstream: { origin: "https://${id}.example" } }\n`;
  writeFileSync(
    join(folder, "sallyport.yaml"),
    `version: 1\nissuers: [ { id: dev, development: true, max_lifetime: 15m } ]\nroutes:\n${route("payments")}${route("crm")}`,
  );
  writeFileSync(join(folder, "broken.yaml"), "version: 1\nisuers: []\nroutes: 7\n");
  return folder;
}
