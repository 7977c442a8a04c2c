/** The slice of `npm run verify:replicas` with three gateways on one database. */
import { describeWithPostgres } from "../support/postgres/server.ts";
import { chains } from "./replicas/chains.ts";
import { histories } from "./replicas/histories.ts";
import { limits } from "./replicas/limits.ts";
import { proofRace } from "./replicas/proof-race.ts";
import { readOptions, runChecks } from "./run-checks.ts";
import { proveOn } from "./world/shared-store.ts";

describeWithPostgres("three gateways on one PostgreSQL database", () => {
  beforeAll(() => proveOn("postgres"));

  it("accept a proof once, know at each what another has read and done, and let exactly as many calls through as a limit says", async () => {
    const { ok, checks } = await runChecks(
      "replicas-three",
      [proofRace, chains, histories, limits],
      readOptions(["--quick"]),
    );
    expect({ ok, checks }).toEqual({
      ok: true,
      checks: [
        { name: "proof-race", count: 100, failures: 0 },
        { name: "chains", count: 60, failures: 0 },
        { name: "histories", count: 200, failures: 0 },
        { name: "limits", count: 800, failures: 0 },
      ],
    });
  }, 600_000);
});
