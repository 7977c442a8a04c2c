/**
 * Writes `sallyport.schema.json`, `docs/config.md` and the schemas of the policy's data documents; tests check that
 * they are current.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { documentJsonSchema, documentNames } from "../gateway/bundles/data/documents.ts";
import { configJsonSchema, configManual } from "../gateway/config/manual.ts";

const root = new URL("../", import.meta.url);
mkdirSync(new URL("docs/", root), { recursive: true });
writeFileSync(new URL("sallyport.schema.json", root), configJsonSchema());
writeFileSync(new URL("docs/config.md", root), configManual());
for (const name of documentNames) writeFileSync(new URL(`rego/schemas/${name}.json`, root), documentJsonSchema(name));
