import { systemIds } from "../../../gateway/compose/clock-and-ids.ts";
import { SealedSessions } from "../../../gateway/gather/sealed-sessions.ts";
import { TransportSessions } from "../../../gateway/gather/transport-sessions.ts";
import type { KeptKeyStore, OpenedSession } from "../../../gateway/domain/ports.ts";
import type { Subject } from "../../../gateway/domain/subject.ts";
import type { ToolCall } from "../../../gateway/domain/tool-call.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { sessionKeyStore } from "../../../gateway/store/kept-keys.ts";
import { route, subject, TestClock, toolCall } from "../../support/builders.ts";

const day = 86_400_000;
const own = subject();
const legacy = { kind: "request", era: "legacy" };

/** Gateways of one store. */
function world() {
  const clock = new TestClock();
  const stored = sessionKeyStore(new Connection(openDatabase(":memory:")));
  let reads = 0;
  const keys: KeptKeyStore = { ...stored, list: () => ((reads += 1), stored.list()) };
  const start = () => SealedSessions.open({ keys, owners: new TransportSessions(clock), clock, ids: systemIds() });
  return { clock, start, keys, reads: () => reads };
}

function callOn(id: string, opened: OpenedSession | null = null): ToolCall {
  const session = opened === null ? null : opened.session;
  const sealed = opened === null ? {} : { sealed: { ...opened } };
  return toolCall({
    route: route({ id }),
    mcp: { ...legacy, transportSession: session, ...sealed } as unknown as ToolCall["mcp"],
  });
}

/** What becomes of a message that names its session by this id. */
async function claimed(sessions: SealedSessions, id: string, who: Subject = own, on = "crm"): Promise<string> {
  const opened = await sessions.open(id);
  // As the parser has it: an id that does not open stays the name of the session.
  const call = opened === null ? callOn(on, { id, session: id, owner: "", announced: [] }) : callOn(on, opened);
  try {
    await sessions.claim(who, call);
    return opened?.session ?? "none";
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
}

const begin = (
  sessions: SealedSessions,
  session = "s-1",
  announced: OpenedSession["announced"] = [],
  opensPages = false,
): string => {
  sessions.begun(own, callOn("crm"), session);
  return sessions.shown(own, callOn("crm"), session, { announced, opensPages });
};

test("an id is the caller's own at every process of the store, and does not show the tool server's", async () => {
  const { start } = world();
  const [here, there] = [await start(), await start()];
  const id = begin(here);
  expect(id).toMatch(/^[\w-]{60,120}$/);
  expect(id).not.toContain("s-1");
  expect([await claimed(here, id), await claimed(there, id)]).toEqual(["s-1", "s-1"]);
});

test("an id says to every process of which changes the tool server tells, and is unknown where one is changed", async () => {
  const { start } = world();
  const [here, there] = [await start(), await start()];
  const id = begin(here, "s-1", ["tools", "resources"]);
  expect(await there.open(id)).toMatchObject({ id, session: "s-1", announced: ["tools", "resources"] });
  expect(await there.open(begin(here))).toMatchObject({ session: "s-1", announced: [] });
  expect(await claimed(there, id)).toBe("s-1");
  expect(await claimed(there, id, subject({ id: "stranger" }))).toBe("mcp_session_unknown");
  const changed = [...id].map((was, at) => id.slice(0, at) + (was === "x" ? "y" : "x") + id.slice(at + 1));
  for (const named of changed) expect(await claimed(there, named)).toBe("mcp_session_unknown");
});

test("an id says to every process that its client opens pages, with and without what the tool server tells", async () => {
  const { start } = world();
  const [here, there] = [await start(), await start()];
  expect(await there.open(begin(here, "s-1", ["tools"], true))).toMatchObject({
    announced: ["tools"],
    opensPages: true,
  });
  expect(await there.open(begin(here, "s-1", [], true))).toMatchObject({ session: "s-1", opensPages: true });
  expect(await there.open(begin(here, "s-1", ["tools"]))).not.toHaveProperty("opensPages");
});

test("an id is of nobody else, for nobody else, and on no other route", async () => {
  const { start } = world();
  const [here, there] = [await start(), await start()];
  const id = begin(here);
  const others = [
    subject({ id: "stranger" }),
    subject({ issuer: "https://other.example" }),
    subject({ actingFor: { id: "alice", claims: {} } }),
  ];
  for (const other of others) expect(await claimed(there, id, other)).toBe("mcp_session_unknown");
  expect(await claimed(there, id, own, "billing")).toBe("mcp_session_unknown");
  expect(await claimed(there, id)).toBe("s-1");
});

test("what was changed, cut, made up, or sealed with another store's key is unknown", async () => {
  const sessions = await world().start();
  const id = begin(sessions);
  const changed = [...id].map((was, at) => id.slice(0, at) + (was === "x" ? "y" : "x") + id.slice(at + 1));
  const foreign = begin(await world().start());
  const forged = ["", "s-1", id.slice(0, 8), id.slice(0, -1), `${id}A`, id + id, foreign, "\u0000".repeat(80)];
  for (const named of [...changed, ...forged])
    expect([named, await claimed(sessions, named)]).toEqual([named, "mcp_session_unknown"]);
});

test("a message without a session belongs to whoever sends it", async () => {
  const sessions = await world().start();
  expect(sessions.claim(own, callOn("crm"))).toBeUndefined();
});

test("keys change after a day: ids of before go on, at processes that have not seen the new key too, for thirty days", async () => {
  const { clock, start, keys } = world();
  const [here, there] = [await start(), await start()];
  const before = begin(here, "before");
  clock.advance(day);
  await here.refresh();
  expect(await keys.list()).toHaveLength(2);
  const after = begin(here, "after");
  expect(after.slice(0, 8)).not.toBe(before.slice(0, 8));
  // It has read the keys before there was a second one.
  expect([await claimed(there, after), await claimed(there, before)]).toEqual(["after", "before"]);
  clock.advance(29 * day);
  await here.refresh();
  expect(await claimed(here, before)).toBe("before");
  clock.advance(day + 1);
  await here.refresh();
  expect([await claimed(here, before), await claimed(here, begin(here))]).toEqual(["mcp_session_unknown", "s-1"]);
});

test("two that begin at once, and two whose key is old at once, have one key", async () => {
  const { clock, start, keys } = world();
  const [here, there] = await Promise.all([start(), start()]);
  expect(await keys.list()).toHaveLength(1);
  clock.advance(day);
  await Promise.all([here.refresh(), there.refresh()]);
  expect(await keys.list()).toHaveLength(2);
  expect(await claimed(there, begin(here))).toBe("s-1");
});

test("a tool server that repeats its id says the one that its caller has, and another session is another id", async () => {
  const sessions = await world().start();
  const id = begin(sessions);
  const call = callOn("crm", await sessions.open(id));
  expect(sessions.shown(own, call, "s-1", { announced: [] })).toBe(id);
  const next = sessions.shown(own, call, "s-2", { announced: [] });
  expect([next === id, await claimed(sessions, next)]).toEqual([false, "s-2"]);
});

test("an id says what its client declares when it begins the same session anew", async () => {
  const sessions = await world().start();
  const id = begin(sessions, "s-1", ["tools"]);
  const call = { ...callOn("crm", await sessions.open(id)), action: "initialize" };
  const pages = sessions.shown(own, call, "s-1", { announced: ["tools"], opensPages: true });
  expect(await sessions.open(pages)).toMatchObject({ session: "s-1", announced: ["tools"], opensPages: true });
  expect(sessions.shown(own, call, "s-1", { announced: ["tools"], opensPages: false })).toBe(id);
  expect(sessions.shown(own, { ...call, action: "tools/call" }, "s-1", { announced: [], opensPages: true })).toBe(id);
});

test("however many name keys that do not exist, the keys are read for all of them at once", async () => {
  const { start, reads } = world();
  const sessions = await start();
  const before = reads();
  const asked = Array.from({ length: 1_000 }, (_, at) =>
    Promise.resolve(sessions.open(`unknown-${at}-${"a".repeat(60)}`)),
  );
  expect(new Set(await Promise.all(asked))).toEqual(new Set([null]));
  expect(reads() - before).toBe(1);
});

test("what was opened stays so when the keys are read again, as long as its key is there", async () => {
  const { clock, start } = world();
  const sessions = await start();
  const id = begin(sessions);
  const opened = await sessions.open(id);
  await sessions.open(`unknown-${"a".repeat(60)}`);
  await sessions.refresh();
  expect(sessions.open(id)).toBe(opened);
  clock.advance(30 * day + 1);
  await sessions.refresh();
  expect(await sessions.open(id)).toBeNull();
});

test("a key that was made while the keys are read is found by who asks for it then", async () => {
  const { clock, start, keys } = world();
  const there = await start();
  const reading: PromiseWithResolvers<void>[] = [];
  const begun = Promise.withResolvers<void>();
  const slow: KeptKeyStore = {
    ...keys,
    async list() {
      const listed = await keys.list();
      const answer = Promise.withResolvers<void>();
      if (reading.push(answer) === 2) begun.resolve();
      if (reading.length === 2) await answer.promise;
      return listed;
    },
  };
  const here = await SealedSessions.open({
    keys: slow,
    owners: new TransportSessions(clock),
    clock,
    ids: systemIds(),
  });
  const unknown = here.open(`unknown-${"a".repeat(60)}`);
  await begun.promise;
  clock.advance(day);
  await there.refresh();
  const after = claimed(here, begin(there, "after"));
  await new Promise(setImmediate);
  reading[1]?.resolve();
  expect([await unknown, await after]).toEqual([null, "after"]);
});

test("the id of a stored call's session is its caller's, on its route, at every process of the store", async () => {
  const { start } = world();
  const [here, there] = [await start(), await start()];
  const id = here.sealed(own, "crm", "s-1");
  expect([await claimed(there, id), await claimed(there, id, own, "billing")]).toEqual(["s-1", "mcp_session_unknown"]);
  expect(await claimed(there, id, subject({ id: "stranger" }))).toBe("mcp_session_unknown");
});
