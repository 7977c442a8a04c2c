/** Open pages of the console while the database of their gateway is away. */
import { eventually } from "../support/eventually.ts";
import { type DatabaseOnLine, databaseOnLine } from "../support/postgres/database-on-line.ts";
import { describeWithPostgres } from "../support/postgres/server.ts";
import { runningTime } from "../support/running-time.ts";
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
  let database: DatabaseOnLine;
  let house: House;
  beforeAll(async () => {
    database = await databaseOnLine();
    // The standard limit: what is asked before and after the outage may meet a machine that stands still for seconds.
    house = await openHouse({ sections: { store: database.section("5s") } });
  });
  afterAll(async () => {
    await house?.close();
    await database?.close();
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
      database.line.set(how);
      await away();
      await database.server.admin(statement);
      expect(page.came.text).not.toContain("ended");
      const time = runningTime();
      database.line.set("whole");
      expect(await page.ended).toMatch(/event: ended\ndata: \{\}\n\n$/);
      time.stop();
      expect(time.passed()).toBeLessThan(2_000);
      expect((await fetch(`${console}/api/events`, { headers: { cookie } })).status).toBe(401);
    },
  );

  it("goes on after an outage, where its session does", async () => {
    const { console } = house.gateways[0]!;
    const { cookie } = await house.gateways[0]!.person();
    const page = await streamOf(console, cookie);
    database.line.set("cut");
    await away();
    database.line.set("whole");
    let hasEnded = false;
    void page.ended.then(() => (hasEnded = true));
    // A stream that a heartbeat met during the outage ends without a word, and the page comes back.
    await eventually("it is told something, or comes back", () =>
      page.came.text.includes("still here") || hasEnded ? true : null,
    );
    expect(page.came.text).not.toContain("ended");
    expect((await streamOf(console, cookie)).came.status).toBe(200);
  });
});
