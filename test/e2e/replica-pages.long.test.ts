/** Open pages of the console while the database of their gateway is away. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { type Line, lineTo } from "../support/postgres/line.ts";
import { startMigrated } from "../support/postgres/migrated.ts";
import { describeWithPostgres, type PostgresServer } from "../support/postgres/server.ts";
import { type House, openHouse } from "../verify/approvals/world/house.ts";

/** A stream of events as a page has it: all that has come so far. It is the browser's, so that whether the page is hidden does not matter. */
async function streamOf(console: string, cookie: string) {
  const answer = await fetch(`${console}/api/events`, { headers: { cookie } });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const came = { text: "", status: answer.status };
  const ended = (async () => {
    for (;;) {
      const { done = true, value = "" } = (await reader?.read()) ?? {};
      if (done) return came.text;
      came.text += value;
    }
  })();
  await eventually("the stream has begun", async () => (came.text.includes("hello") ? true : null));
  return { came, ended };
}

describeWithPostgres("a page of the console that is open", () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-pages-"));
  let server: PostgresServer;
  let line: Line;
  let house: House;
  beforeAll(async () => {
    server = await startMigrated();
    line = await lineTo(server.port);
    const file = join(folder, "store.url");
    writeFileSync(file, server.url().replace(`:${server.port}/`, `:${line.port}/`));
    house = await openHouse({ sections: { store: { postgres: { url: `file:${file}`, statement_timeout: "1s" } } } });
  });
  afterAll(async () => {
    await house?.close();
    await line?.close();
    await server?.close();
    rmSync(folder, { recursive: true });
  });
  const away = () =>
    eventually("it says that it cannot look", async () => {
      const answer = await fetch(`${house.gateways[0]!.console}/readyz`);
      return (await answer.text()).includes("store-changes") ? true : null;
    });

  it.each([
    ["cut", "removed", "DELETE FROM console_sessions"],
    ["dead", "removed", "DELETE FROM console_sessions"],
    ["cut", "unused for too long", "UPDATE console_sessions SET seen = 0"],
  ] as const)(
    "is told within two seconds of the return of the database, where its session has ended meanwhile (%s, %s)",
    async (how, _, statement) => {
      const { console } = house.gateways[0]!;
      const { cookie } = await house.gateways[0]!.person();
      const page = await streamOf(console, cookie);
      line.set(how);
      await away();
      await server.admin(statement);
      expect(page.came.text).not.toContain("ended");
      const began = performance.now();
      line.set("whole");
      expect(await page.ended).toMatch(/event: ended\ndata: \{\}\n\n$/);
      expect(performance.now() - began).toBeLessThan(2_000);
      expect((await fetch(`${console}/api/events`, { headers: { cookie } })).status).toBe(401);
    },
  );

  it("goes on after an outage, where its session does", async () => {
    const { console } = house.gateways[0]!;
    const { cookie } = await house.gateways[0]!.person();
    const page = await streamOf(console, cookie);
    line.set("cut");
    await away();
    line.set("whole");
    await eventually("it is told something", async () => (page.came.text.includes("still here") ? true : null));
    expect(page.came.text).not.toContain("ended");
  });
});
