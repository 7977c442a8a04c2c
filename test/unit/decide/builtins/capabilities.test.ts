import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { COMPILED_AWAY, capabilitiesText, isSupported } from "../../../../gateway/decide/builtins/capabilities.ts";
import { refusedBuiltins } from "../../../../gateway/bundles/build/opa.ts";
import { redirects, registry } from "../../../../gateway/decide/builtins/registry.ts";
import { nativeFunctions } from "../../../../gateway/decide/host/implementations.ts";

const declared = execFileSync("opa", ["capabilities", "--current"], { encoding: "utf8", maxBuffer: 1 << 26 });
const names = (JSON.parse(declared) as { builtins: { name: string }[] }).builtins.map(({ name }) => name);

describe("capabilities", () => {
  test("are those of the file that policies are built with", () => {
    const file = readFileSync(new URL("../../../../rego/capabilities.json", import.meta.url), "utf8");
    expect(file).toBe(capabilitiesText(declared));
  });

  test("hold every builtin that OPA declares but those refused by name", () => {
    expect(names.filter((name) => !isSupported(name)).sort()).toEqual([...refusedBuiltins.keys()].sort());
  });

  test("name no builtin that OPA does not know", () => {
    const known = new Set(names);
    const ours = [...registry.keys(), ...Object.keys(nativeFunctions), ...COMPILED_AWAY, ...refusedBuiltins.keys()];
    expect(ours.filter((name) => !known.has(name))).toEqual([]);
  });

  test("redirect native functions only, each with its reason", () => {
    expect(redirects.filter(({ name, reason }) => !(name in nativeFunctions) || reason === "")).toEqual([]);
  });
});
