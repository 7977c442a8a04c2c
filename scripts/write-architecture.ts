/** Writes the generated parts of `docs/architecture.md`; a test checks that they are current. */
import { readFileSync, writeFileSync } from "node:fs";
import { architecture } from "../test/conformance/house/support/architecture.ts";
import { readTree } from "../test/conformance/house/guards/tree.ts";

const page = new URL("../docs/architecture.md", import.meta.url);
writeFileSync(page, architecture(readFileSync(page, "utf8"), readTree()));
