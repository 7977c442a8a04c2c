import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { SessionMemory } from "../../../../gateway/provenance/memory/session-memory.ts";
import { Digester, digestKey } from "../../../../gateway/provenance/text/digest.ts";
import { AskedForReader } from "../../../../gateway/provenance/trace/asked-for.ts";
import { Callers } from "../../../../gateway/provenance/trace/caller.ts";
import { subject } from "../../../support/builders.ts";

const digester = new Digester(digestKey(new Uint8Array(16)));
const [callers, reader] = [new Callers(digester), new AskedForReader(digester)];

const against = {
  memory: SessionMemory.empty(digester.key.check),
  caller: callers.of(subject(), [{ text: "Refund order B-52900 of ada@x.example in Nord", truncated: false }]),
  site: { inside: ["corp.example"], hostsOptIn: false, people: {} },
};

function asked(said: JsonObject) {
  return reader.read(against, said);
}

test("says that the task has named an address or a code of the call, and not a mere word", () => {
  expect(asked({ customer: "ada@x.example" }).identified).toBe(true);
  expect(asked({ order: "B-52900" }).identified).toBe(true);
  expect(asked({ region: "Nord", limit: 3 }).identified).toBe(false);
});

test("takes a call for one that untrusted text has led when it holds more than is looked at", () => {
  expect(asked({ order: "B-52900", ids: Array.from({ length: 64 }, (_, at) => at) })).toMatchObject({
    led: true,
    identified: false,
  });
  expect(asked({ order: "B-52900", ids: [1, 2] })).toMatchObject({ led: false, identified: true });
});

test("tells a URL outside of the site from one within, and takes more than is looked at for one", () => {
  const outside = (said: JsonObject): boolean => reader.namesOutside(against.site, said);
  expect(outside({ url: "https://pages.example/x" })).toBe(true);
  expect(outside({ url: "https://wiki.corp.example/x", count: 3 })).toBe(false);
  expect(outside({ list: [{ urls: ["see https://pages.example/x"] }] })).toBe(true);
  expect(outside({ names: Array.from({ length: 65 }, (_, at) => `n-${at}`) })).toBe(true);
  expect(outside({ long: "x".repeat(16_385) })).toBe(true);
});

test("looks for nothing while nobody has named anything: no task, and nothing untrusted", () => {
  const ids = { ids: Array.from({ length: 64 }, (_, at) => at) };
  const nobody = {
    ...against,
    memory: SessionMemory.empty(digester.key.check),
    caller: callers.of(subject({ purpose: null }), []),
  };
  expect(reader.read(nobody, ids)).toEqual({ identified: false, led: false });
  nobody.memory.noteUntrusted(1, 2, nobody.memory.begin("mail/read", 1));
  expect(reader.read(nobody, ids)).toEqual({ identified: false, led: true });
  const forgotten = SessionMemory.empty(digester.key.check);
  forgotten.forget();
  expect(reader.read({ ...nobody, memory: forgotten }, ids)).toEqual({ identified: false, led: true });
});
