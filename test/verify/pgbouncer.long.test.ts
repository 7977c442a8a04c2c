/** The slice of `npm run verify:replicas -- --pgbouncer`: three gateways on one database behind a PgBouncer in transaction mode. */
import { describeWithPgBouncer } from "../support/postgres/pooler.ts";
import { releaseRace } from "./approvals/race.ts";
import { chains } from "./replicas/chains.ts";
import { histories } from "./replicas/histories.ts";
import { limits } from "./replicas/limits.ts";
import { proofRace } from "./replicas/proof-race.ts";
import { readOptions, runChecks } from "./run-checks.ts";
import { proveOn } from "./world/shared-store.ts";

describeWithPgBouncer("three gateways behind PgBouncer in transaction mode", () => {
  beforeAll(() => proveOn("pgbouncer"));
  afterAll(() => proveOn("sqlite"));

  it("release an approved call once, know at each what another has done, and let exactly as many through as a limit says", async () => {
    const { ok, checks } = await runChecks(
      "pgbouncer-three",
      [releaseRace, proofRace, chains, histories, limits],
      readOptions(["--quick"]),
    );
    expect({ ok, checks: checks.map(({ name, failures }) => ({ name, failures })) }).toEqual({
      ok: true,
      checks: ["release-race", "proof-race", "chains", "histories", "limits"].map((name) => ({ name, failures: 0 })),
    });
  }, 600_000);
});
