import { execFileSync } from "node:child_process";
import { confinedOpaOf, opaOf } from "../../../gateway/compose/open-delivery.ts";
import type { Config } from "../../../gateway/config/config.ts";
import { opa } from "../decide/support/compile-rego.ts";

const config = { policy: { buildTimeoutMs: 1_000 } } as unknown as Config;

/** Names of variables that Rego can read where OPA is run like this. */
function seen(command: ReturnType<typeof opaOf>): string[] {
  if (typeof command === "string") throw new Error("no environment is named");
  const run = { env: command.environment, encoding: "utf8" } as const;
  const { result } = JSON.parse(execFileSync(opa, ["eval", "object.keys(opa.runtime().env)"], run)) as {
    result: { expressions: { value: string[] }[] }[];
  };
  return result[0]?.expressions[0]?.value ?? [];
}

test("tests of an edit run without the variables of this process, which have secrets", () => {
  process.env["SALLYPORT_TEST_SECRET"] = "s3cret";
  try {
    expect(seen(opaOf(config))).toContain("SALLYPORT_TEST_SECRET");
    expect(["HOME", "PATH", "TMPDIR"]).toEqual(expect.arrayContaining(seen(confinedOpaOf(config))));
  } finally {
    delete process.env["SALLYPORT_TEST_SECRET"];
  }
});
