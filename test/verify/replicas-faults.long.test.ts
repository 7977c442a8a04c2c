/** The slice of `npm run verify:replicas` in which the database fails and gateways are killed and replaced. */
import { describeWith } from "../support/found-tool.ts";
import { describeWithPostgres } from "../support/postgres/server.ts";
import type { Check } from "./check.ts";
import { faults } from "./replicas/faults/faults.ts";
import { interrupted } from "./replicas/takeover/interrupted.ts";
import { takeover } from "./replicas/takeover/takeover.ts";
import { earlierVersion } from "./replicas/versions/earlier.ts";
import { versions } from "./replicas/versions/versions.ts";
import { nginx } from "./rolling/load-balancer.ts";
import { readOptions, runChecks } from "./run-checks.ts";
import { proveOn } from "./world/shared-store.ts";

async function held(check: Check): Promise<boolean> {
  const { ok, checks } = await runChecks(`replicas-${check.name}`, [check], readOptions(["--quick"]));
  expect({ ok, checks }).toMatchObject({ ok: true, checks: [{ name: check.name, failures: 0 }] });
  return ok;
}

describeWithPostgres("gateways on one PostgreSQL database", () => {
  beforeAll(() => proveOn("postgres"));

  it("execute nothing twice or unrecorded while the database fails, and go on afterwards", async () => {
    expect(await held(faults)).toBe(true);
  }, 900_000);

  it("send what a killed one was sending, and nothing of what the others send", async () => {
    expect(await held(takeover)).toBe(true);
  }, 600_000);

  it("find out that nobody knows how calls of a killed one ended, and take none that lives for dead", async () => {
    expect(await held(interrupted)).toBe(true);
  }, 600_000);
});

/** Nobody can install the history of a checkout that came without it: then this is skipped in CI too, and the name says why. */
const earlier = earlierVersion();
const describeWithHistory = earlier.path === null ? describe.skip : describe;
describeWithHistory(`gateways of the version before ${earlier.reason}`.trimEnd(), () =>
  describeWith("nginx", nginx(), "behind a load balancer", () =>
    describeWithPostgres("on one PostgreSQL database", () => {
      beforeAll(() => proveOn("postgres"));

      it("are replaced while they are used, through a migration, and fail no request", async () => {
        expect(await held(versions)).toBe(true);
      }, 600_000);
    }),
  ),
);
