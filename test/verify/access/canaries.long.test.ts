/** A slice of the proof that no credential is seen beside the request that carries it. */
import { readOptions, runChecks } from "../run-checks.ts";
import { canaries } from "./canaries.ts";

test("holds in a slice of the proof: canary-secrets", async () => {
  const summary = await runChecks("access-canaries", [canaries], readOptions(["--quick"]));
  expect(summary).toEqual({ ok: true, checks: [{ name: "canary-secrets", count: expect.any(Number), failures: 0 }] });
}, 300_000);
