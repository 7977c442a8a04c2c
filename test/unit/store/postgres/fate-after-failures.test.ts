import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PostgresConnection } from "../../../../gateway/store/postgres/connection.ts";
import { FateUnknown } from "../../../../gateway/store/postgres/fate.ts";
import { migrate } from "../../../../gateway/store/postgres/migrations.ts";
import { openPostgres } from "../../../../gateway/store/postgres/open.ts";
import { eventually } from "../../../support/eventually.ts";
import { type Line, lineTo } from "../../../support/postgres/line.ts";
import { describeWithPostgres, type PostgresServer, startPostgres } from "../../../support/postgres/server.ts";
import { numbers } from "../../../support/store-contracts/connection.ts";

describeWithPostgres("a transaction whose COMMIT is not answered, and whose PostgreSQL fails then,", () => {
  let server: PostgresServer;
  let line: Line;
  let connection: PostgresConnection;
  let other: PostgresConnection;
  beforeEach(async () => {
    // What is not committed reaches the disk late, so that PostgreSQL forgets that it had given the id when it is killed.
    server = await startPostgres({ settings: ["wal_writer_delay=10s"] });
    line = await lineTo(server.port);
    const url = server.url().replace(`:${server.port}/`, `:${line.port}/`);
    connection = (await openPostgres(() => url, "p_1")).connection;
    other = (await openPostgres(() => server.url(), "p_2")).connection;
    await migrate(connection);
  });
  afterEach(async () => {
    await Promise.all([connection.close(), other.close()]);
    await line.close();
    await server.close();
  });

  /** Adds the number 1; the line is cut when it is to be committed. */
  async function unanswered(isPassedOn: boolean) {
    let id = "";
    const cut = line.cutAt("COMMIT\0", isPassedOn).then(() => line.set("cut"));
    const failure: unknown = await connection
      .atomically("tasks", async () => {
        await numbers(connection).add(1);
        id = String((await connection.prepare("SELECT pg_current_xact_id()::text AS id").get())?.["id"]);
      })
      .catch((thrown: unknown) => thrown);
    await cut;
    expect(failure).toBeInstanceOf(FateUnknown);
    let known: boolean | null = null;
    void (failure as FateUnknown).committed.then((isCommitted) => (known = isCommitted));
    return { id, known: () => known };
  }

  const looks = (isKnown: () => boolean | null) =>
    eventually("it is known", async () => {
      await connection.look();
      return isKnown() === null ? null : true;
    });
  const nextId = async () => BigInt((await server.admin("SELECT pg_current_xact_id()::text AS id")).rows[0]["id"]);

  it("is undone, though another that is committed has been given its id since", async () => {
    const { id, known } = await unanswered(false);
    await server.end("SIGKILL");
    await server.startAgain();
    expect(await nextId()).toBeLessThanOrEqual(BigInt(id));
    while ((await nextId()) <= BigInt(id)) await other.atomically("tasks", () => numbers(other).add(2));
    const { rows } = await server.admin(`SELECT pg_xact_status('${id}'::xid8) AS status`);
    expect(rows).toEqual([{ status: "committed" }]);
    line.set("whole");
    await looks(known);
    expect(known()).toBe(false);
    expect(await numbers(connection).list()).not.toContain(1);
  });

  it("is not told by a standby, which may lack what it will replay", async () => {
    const { known } = await unanswered(false);
    const folder = String((await server.admin("SHOW data_directory")).rows[0]["data_directory"]);
    await server.end("SIGINT");
    writeFileSync(join(folder, "standby.signal"), "");
    await server.startAgain();
    line.set("whole");
    const isStandby = async () =>
      (await connection.prepare("SELECT pg_is_in_recovery() AS standby").get())?.["standby"];
    expect(await eventually("it answers", () => isStandby().catch(() => null))).toBe(true);
    for (let times = 0; times < 3; times += 1) await expect(connection.look()).rejects.toThrow("a standby answers");
    expect(known()).toBeNull();
    await server.admin("SELECT pg_promote()");
    await looks(known);
    expect(known()).toBe(false);
  });
});
