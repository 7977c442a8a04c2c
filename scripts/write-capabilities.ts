/**
 * Writes `rego/capabilities.json`: what `opa build` may compile for this gateway. A builtin is in it when OPA declares it
 * and the runtime or the host answers it; so a policy that asks for another is refused when it is built, not when it is
 * asked. A test holds that the file is current.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

import { capabilitiesText } from "../gateway/decide/builtins/capabilities.ts";

const declared = execFileSync("opa", ["capabilities", "--current"], { encoding: "utf8", maxBuffer: 1 << 26 });
writeFileSync(new URL("../rego/capabilities.json", import.meta.url), capabilitiesText(declared));
