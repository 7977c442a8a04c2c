import type { AddedCall, EndedCall } from "../../../gateway/domain/ports.ts";
import { SharedCall } from "../../../gateway/gather/shared-call.ts";

const added: AddedCall = {
  key: "s1",
  decisionId: "d1",
  labels: [],
  outcome: null,
  most: 50,
  idleMs: 1_000,
  call: { tool: "crm/find", effect: "allow", destinations: [], at: 1 },
};

/** A store that makes each write when it is told to. */
function world(first: Promise<void> = Promise.resolve()) {
  const written: EndedCall[] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  const calls = {
    add: () => first,
    update: (call: EndedCall) => {
      written.push(call);
      waiting.push(Promise.withResolvers<void>());
      return waiting.at(-1)!.promise;
    },
  };
  return { call: new SharedCall(calls, added), written, waiting };
}

const turn = () => new Promise(setImmediate);

test("writes once what is said together", async () => {
  const { call, written, waiting } = world();
  const both = Promise.all([call.ended("forwarded"), call.labelled(["a"])]);
  await turn();
  waiting[0]?.resolve();
  await both;
  expect(written).toEqual([{ key: "s1", decisionId: "d1", labels: ["a"], outcome: "forwarded" }]);
});

test("writes what is said during a write after it, with all that is known", async () => {
  const { call, written, waiting } = world();
  const ending = call.ended("forwarded");
  await turn();
  const labelling = call.labelled(["a"]);
  await turn();
  expect(written).toHaveLength(1);
  waiting[0]?.resolve();
  await ending;
  await turn();
  waiting[1]?.resolve();
  await labelling;
  expect(written.map(({ labels, outcome }) => [...labels, outcome])).toEqual([["forwarded"], ["a", "forwarded"]]);
});

test("writes nothing that the store has", async () => {
  const { call, written, waiting } = world();
  const ending = call.ended("forwarded");
  await turn();
  waiting[0]?.resolve();
  await ending;
  expect([call.ended("forwarded"), call.labelled([])]).toEqual([undefined, undefined]);
  expect(written).toHaveLength(1);
});

test("says nothing more of a call that could not be added", async () => {
  const { call, written } = world(Promise.reject(new Error("gone")));
  const early = call.ended("refused");
  await expect(call.noted).rejects.toThrow("gone");
  await early;
  expect([call.ended("unknown"), call.labelled(["a"])]).toEqual([undefined, undefined]);
  await turn();
  expect(written).toEqual([]);
});

test("writes again what the store did not take", async () => {
  const { call, written, waiting } = world();
  const ending = call.ended("refused");
  await turn();
  waiting[0]?.reject(new Error("gone"));
  await expect(ending).rejects.toThrow("gone");
  const again = call.ended("refused");
  await turn();
  waiting[1]?.resolve();
  await again;
  expect(written.map(({ outcome }) => outcome)).toEqual(["refused", "refused"]);
});
