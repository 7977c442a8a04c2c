import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSallyport } from "../../../gateway/cli/foreground.ts";
import { lockFolder } from "../../../gateway/store/processes.ts";
import { startMigrated } from "../../support/postgres/migrated.ts";
import { describeWithPostgres, type PostgresServer } from "../../support/postgres/server.ts";

async function run(...words: string[]): Promise<{ readonly code: number; readonly text: string }> {
  const written: string[] = [];
  const into = { write: (text: string) => written.push(text) };
  const code = await runSallyport(words, { stdout: into, stderr: into });
  return { code, text: written.join("") };
}

it("ends with the exit code of what it ran", async () => {
  const { code, text } = await run("serve", "-c", "no-such-file.yaml");
  expect([code, text]).toEqual([2, expect.stringContaining("no-such-file.yaml")]);
});

describeWithPostgres("a start that PostgreSQL breaks off", () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-foreground-"));
  let server: PostgresServer;
  beforeAll(async () => (server = await startMigrated()));
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  it("says why in one sentence, and leaves neither a connection nor the lock of its folder", async () => {
    await server.admin(`CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'broken off' USING ERRCODE = '57014'; END $$;
      CREATE TRIGGER break_off BEFORE DELETE ON lease_slots FOR EACH STATEMENT EXECUTE FUNCTION break_off()`);
    mkdirSync(join(folder, "rego"));
    const url = join(folder, "store.url");
    writeFileSync(url, server.url());
    const file = join(folder, "sallyport.yaml");
    const route = `{ id: a, prefix: /a, protocol: http, server: a, issuers: [dev], upstream: { origin: "https://a.example" } }`;
    writeFileSync(
      file,
      `version: 1\ndata_dir: data\nstore: { postgres: { url: "file:${url}" } }\nissuers: [{ id: dev, development: true }]\nroutes: [${route}]\n`,
    );
    const { code, text } = await run("serve", "-c", file);
    expect([code, text]).toEqual([2, expect.stringContaining("cannot be used: broken off; look at PostgreSQL")]);
    expect(text).not.toContain("Refusal");
    const { rows } = await server.admin(
      "SELECT application_name FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    );
    expect(rows).toEqual([]);
    lockFolder(join(folder, "data"), () => "p_none").release();
  });
});
