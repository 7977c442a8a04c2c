/** The slice of `npm run verify:replicas` that restarts three gateways on one database behind a load balancer. */
import { describeWithPostgres } from "../support/postgres/server.ts";
import { rollingRestart } from "./rolling/rolling-restart.ts";
import { readOptions, runChecks } from "./run-checks.ts";
import { proveOn } from "./world/shared-store.ts";

describeWithPostgres("three gateways on one PostgreSQL database, restarted one after the other", () => {
  beforeAll(() => proveOn("postgres"));

  it("fail no request and lose no held call, while agents call, wait and listen and people decide", async () => {
    const summary = await runChecks("replicas-rolling-restart", [rollingRestart], readOptions(["--quick"]));
    expect(summary).toEqual({ ok: true, checks: [{ name: "rolling-restart", count: 3, failures: 0 }] });
  }, 300_000);
});
