import { MadeCalls } from "../../../../gateway/provenance/learn/made-calls.ts";
import { SessionMemory } from "../../../../gateway/provenance/memory/session-memory.ts";
import { Digester, digestKey } from "../../../../gateway/provenance/text/digest.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";

const made = new MadeCalls(new Digester(digestKey(Buffer.alloc(32, 7))));
const catalog = { destination: ["/to", "/cc"], target: ["/in_reply_to"] };

function send(said: JsonObject, name = "send", idempotencyKey: string | null = null) {
  return { route: { server: "mail" }, name, arguments: said, argumentsOmitted: false, idempotencyKey };
}

test("tells the same call, and calls to the same place", () => {
  const memory = SessionMemory.empty(1);
  const first = send({ to: "x@y.example", body: "1" });
  expect(made.before(memory, first, catalog)).toEqual({ same: false, there: 0 });
  made.note(memory, first, catalog);
  expect(made.before(memory, first, catalog)).toEqual({ same: true, there: 1 });
  const second = send({ body: "2", to: "x@y.example" });
  expect(made.before(memory, second, catalog)).toEqual({ same: false, there: 1 });
  made.note(memory, second, catalog);
  expect(made.before(memory, send({ to: "x@y.example", body: "3" }), catalog)).toEqual({ same: false, there: 2 });
});

test("takes another destination, another thing that is acted on, and another tool for another place", () => {
  const memory = SessionMemory.empty(1);
  made.note(memory, send({ to: "x@y.example", in_reply_to: "m-1", body: "1" }), catalog);
  const others = [
    { to: "z@y.example", in_reply_to: "m-1" },
    { to: "x@y.example", in_reply_to: "m-2" },
    { to: "x@y.example" },
  ];
  for (const said of others) expect(made.before(memory, send(said), catalog).there).toBe(0);
  expect(made.before(memory, send({ to: "x@y.example", in_reply_to: "m-1" }, "draft"), catalog).there).toBe(0);
});

test("counts to eight, and nothing for a call that says no place", () => {
  const memory = SessionMemory.empty(1);
  for (let number = 0; number < 12; number += 1) made.note(memory, send({ to: "x@y.example", number }), catalog);
  expect(made.before(memory, send({ to: "x@y.example" }), catalog).there).toBe(8);
  for (const said of [{}, { to: "" }, { to: [] }, { to: null }, { body: "x" }]) {
    made.note(memory, send(said), catalog);
    expect([said, made.before(memory, send(said), catalog).there]).toEqual([said, 0]);
  }
});

test("compares no call whose arguments were not read", () => {
  const memory = SessionMemory.empty(1);
  const unread = { ...send({}), argumentsOmitted: true };
  made.note(memory, unread, catalog);
  expect(made.before(memory, unread, catalog)).toEqual({ same: false, there: 0 });
});

test("takes a retry under one Idempotency-Key for the call that was made, and the same call under another for a repeat", () => {
  const memory = SessionMemory.empty(1);
  const said = { to: "x@y.example", body: "1" };
  const first = send(said, "send", "k-1");
  made.note(memory, first, catalog);
  expect(made.before(memory, first, catalog)).toEqual({ same: false, there: 0 });
  made.note(memory, first, catalog);
  expect(made.before(memory, first, catalog)).toEqual({ same: false, there: 0 });
  for (const key of ["k-2", null])
    expect(made.before(memory, send(said, "send", key), catalog)).toEqual({ same: true, there: 1 });
});

test("takes other arguments under the same Idempotency-Key for another call", () => {
  const memory = SessionMemory.empty(1);
  made.note(memory, send({ to: "x@y.example", body: "1" }, "send", "k-1"), catalog);
  const other = send({ to: "x@y.example", body: "2" }, "send", "k-1");
  expect(made.before(memory, other, catalog)).toEqual({ same: false, there: 1 });
});

test("finds what was made of a tool among more tools than there is room for, and nothing of a tool that has made none", () => {
  const memory = SessionMemory.empty(1);
  const said = { to: "x@y.example", body: "1" };
  for (let number = 0; number < 80; number += 1) made.note(memory, send(said, `send_${number}`), catalog);
  for (const number of [0, 63, 64, 79])
    expect([number, made.before(memory, send(said, `send_${number}`), catalog).same]).toEqual([number, true]);
  expect(made.before(memory, send(said, "draft"), catalog)).toEqual({ same: false, there: 0 });
  const restored = SessionMemory.restore(memory.stored, 1)!;
  for (const number of [0, 79])
    expect(made.before(restored, send(said, `send_${number}`), catalog)).toEqual({ same: true, there: 1 });
});
