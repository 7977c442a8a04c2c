import { AskedRequests } from "../../../gateway/stdio/asked.ts";
import type { AnswerMessage, MessageId, RequestMessage } from "../../../gateway/stdio/messages.ts";
import type { Member } from "../../../gateway/stdio/pending.ts";

const member = (): Member => ({ capabilities: {}, tell: () => undefined });
const request = (id: MessageId, progressToken?: MessageId): RequestMessage => ({
  jsonrpc: "2.0",
  id,
  method: "sampling/createMessage",
  ...(progressToken === undefined ? {} : { params: { _meta: { progressToken } } }),
});
const answer = (id: MessageId): AnswerMessage => ({ jsonrpc: "2.0", id, result: {} });

function asked() {
  let next = 40;
  return new AskedRequests(() => (next += 1));
}

test("gives the server its own id back, in value and type", () => {
  const all = asked();
  const [alice, bob] = [member(), member()];
  expect(all.add(request("0"), alice).id).toBe(41);
  expect(all.add(request(0), bob).id).toBe(42);
  expect(all.answered(answer(41), alice)?.id).toBe("0");
  expect(all.answered(answer(42), bob)?.id).toBe(0);
});

test("takes no answer of a client that was not asked, and none twice", () => {
  const all = asked();
  const [alice, bob] = [member(), member()];
  all.add(request(7), alice);
  expect(all.answered(answer(41), bob)).toBeNull();
  expect(all.answered(answer("41"), alice)).toBeNull();
  expect(all.answered(answer(41), alice)).not.toBeNull();
  expect(all.answered(answer(41), alice)).toBeNull();
});

test("knows under which token a client tells progress", () => {
  const all = asked();
  const [alice, bob] = [member(), member()];
  all.add(request(7, 0), alice);
  expect([all.hasToken(alice, 0), all.hasToken(alice, "0"), all.hasToken(bob, 0)]).toEqual([true, false, false]);
});

test("forgets what the server takes back, and what a client that leaves was asked", () => {
  const all = asked();
  const alice = member();
  for (const id of [1, 2, 3]) all.add(request(id), alice);
  expect(all.takeBack(2)).toEqual({ member: alice, id: 42 });
  expect(all.takeBack(2)).toBeNull();
  all.add(request(4), member());
  expect(all.leave(alice)).toEqual([1, 3]);
  expect(all.clear()).toHaveLength(1);
  expect(all.size).toBe(0);
});
