import type { Endings } from "../../../gateway/domain/ports.ts";
import type { EndedBy } from "../../../gateway/domain/revocation.ts";
import { subject } from "../../support/builders.ts";
import { revocable, testEndings } from "../../support/endings.ts";

const by: EndedBy = { kind: "task", id: "t_1", reason: "closed" };
const everything = (): boolean => true;

function withCall() {
  const made = testEndings();
  made.underWay.enter({
    what: revocable(),
    subject: subject(),
    since: 4e15,
    isStream: false,
    stopListening: () => undefined,
    cut: () => undefined,
  });
  return made;
}

test("counts what it has cut and what its listeners have ended, each session once", async () => {
  const { endings } = withCall();
  const of = new Set(['["https://idp.example","refund-bot","s1"]', '["https://idp.example","refund-bot","s2"]']);
  endings.onEnd(() => Promise.resolve({ held: 2, grants: 1, of }));
  endings.onEnd(() => Promise.resolve({ credentials: 3 }));
  expect(await endings.end(everything, by)).toEqual({
    sessions: 2,
    held: 2,
    calls: 1,
    streams: 0,
    grants: 1,
    credentials: 3,
  });
  expect(await endings.end(everything, by)).toMatchObject({ calls: 0 });
});

test("tells listeners what ends, and why", async () => {
  const { endings } = testEndings();
  const told: Parameters<Parameters<Endings["onEnd"]>[0]>[] = [];
  endings.onEnd((...end) => {
    told.push(end);
    return Promise.resolve({});
  });
  await endings.end(({ task }) => task === "t_1", by);
  expect(told.map(([matches, why]) => [matches(revocable({ task: "t_1" })), matches(revocable()), why])).toEqual([
    [true, false, by],
  ]);
});

test("one listener that fails keeps no other from ending what it holds, and is told", async () => {
  const { endings, underWay } = withCall();
  let ended = 0;
  endings.onEnd(() => Promise.reject(new Error("locked")));
  endings.onEnd(() => {
    ended += 1;
    return Promise.resolve({});
  });
  await expect(endings.end(everything, by)).rejects.toThrow("locked");
  expect([ended, underWay.size]).toEqual([1, 0]);
});
