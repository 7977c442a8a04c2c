/** Writes `sallyport.schema.json` and `docs/config.md` from the schema; a test holds that they are current. */
import { mkdirSync, writeFileSync } from "node:fs";
import { configJsonSchema, configManual } from "../gateway/config/manual.ts";

const root = new URL("../", import.meta.url);
mkdirSync(new URL("docs/", root), { recursive: true });
writeFileSync(new URL("sallyport.schema.json", root), configJsonSchema());
writeFileSync(new URL("docs/config.md", root), configManual());
