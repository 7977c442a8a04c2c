/** The slice of `npm run verify:replicas` with three gateways on one database. */
import { describeWithPostgres } from "../support/postgres/server.ts";
import { chains } from "./replicas/chains.ts";
import { limit } from "./replicas/limit.ts";
import { proofRace } from "./replicas/proof-race.ts";
import { readOptions, runChecks } from "./run-checks.ts";
import { proveOn } from "./world/shared-store.ts";

describeWithPostgres("three gateways on one PostgreSQL database", () => {
  beforeAll(() => proveOn("postgres"));

  it("accept a proof once, know what each has read, and let through as many calls as a permission has", async () => {
    const { ok, checks } = await runChecks("replicas-three", [proofRace, chains, limit], readOptions(["--quick"]));
    expect({ ok, checks }).toEqual({ ok: true, checks: checks.map((check) => ({ ...check, failures: 0 })) });
  }, 600_000);
});
