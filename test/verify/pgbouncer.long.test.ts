/** The slice of `npm run verify:replicas -- --pgbouncer`: three gateways on one database behind a PgBouncer in transaction mode. */
import { describeWithPgBouncer } from "../support/postgres/pooler.ts";
import { releaseRace } from "./approvals/race.ts";
import { chains } from "./replicas/chains.ts";
import { limits } from "./replicas/limits.ts";
import { readOptions, runChecks } from "./run-checks.ts";
import { proveOn } from "./world/shared-store.ts";

describeWithPgBouncer("three gateways behind PgBouncer in transaction mode", () => {
  beforeAll(() => proveOn("pgbouncer"));
  afterAll(() => proveOn("sqlite"));

  it("release an approved call once, know at each what another has read, and let exactly as many through as a limit says", async () => {
    const race = await runChecks("pgbouncer-race", [releaseRace], readOptions(["--quick", "--scale", "0.1"]));
    const three = await runChecks("pgbouncer-three", [chains, limits], readOptions(["--quick"]));
    expect([race.ok, three.ok]).toEqual([true, true]);
    expect([...race.checks, ...three.checks].map(({ name, failures }) => [name, failures])).toEqual([
      ["release-race", 0],
      ["chains", 0],
      ["limits", 0],
    ]);
  }, 600_000);
});
