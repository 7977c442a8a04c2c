/** The slice of `npm run verify:replicas` that restarts three gateways on one database behind a load balancer. */
import { describeWith } from "../support/found-tool.ts";
import { describeWithPostgres } from "../support/postgres/server.ts";
import { nginx } from "./rolling/load-balancer.ts";
import { rollingRestart } from "./rolling/rolling-restart.ts";
import { readOptions, runChecks } from "./run-checks.ts";
import { proveOn } from "./world/shared-store.ts";

const gateways = "three gateways on one PostgreSQL database, restarted one after the other";

describeWith("nginx", nginx(), "behind a load balancer", () =>
  describeWithPostgres(gateways, () => {
    beforeAll(() => proveOn("postgres"));

    it("fail no request and lose no held call, while agents call, wait and listen and people decide", async () => {
      const summary = await runChecks("replicas-rolling-restart", [rollingRestart], readOptions(["--quick"]));
      expect(summary).toEqual({ ok: true, checks: [{ name: "rolling-restart", count: 3, failures: 0 }] });
    }, 600_000);
  }),
);
