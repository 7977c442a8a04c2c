/** Writes the tables of `docs/compliance.md` from `docs/compliance.yaml`; a test checks that they are current. */
import { readFileSync, writeFileSync } from "node:fs";
import { parse } from "yaml";
import { compliancePage, complianceSchema } from "../test/conformance/house/guards/compliance.ts";
import { manifestSchema } from "../test/conformance/house/guards/requirements.ts";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const compliance = complianceSchema.parse(parse(read("docs/compliance.yaml")));
const manifest = manifestSchema.parse(parse(read("test/conformance/requirements.yaml")));
const page = new URL("../docs/compliance.md", import.meta.url);
writeFileSync(page, compliancePage(readFileSync(page, "utf8"), compliance, manifest));
