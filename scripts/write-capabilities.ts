/**
 * Writes `rego/capabilities.json`: the builtins that `opa build` may compile for this gateway: those that OPA declares
 * and the runtime or the host implements. A policy that uses another one is refused when it is built. A test checks
 * that the file is current.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

import { capabilitiesText } from "../gateway/decide/builtins/capabilities.ts";

const declared = execFileSync("opa", ["capabilities", "--current"], { encoding: "utf8", maxBuffer: 1 << 26 });
writeFileSync(new URL("../rego/capabilities.json", import.meta.url), capabilitiesText(declared));
