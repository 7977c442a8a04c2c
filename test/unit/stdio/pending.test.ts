import { type Member, type Pending, PendingRequests } from "../../../gateway/stdio/pending.ts";

const member = (): Member => ({ capabilities: {}, tell: () => undefined });
const of = (who: Member | null, id: string | number): Pending => ({
  member: who,
  id,
  progressToken: undefined,
  answered: () => undefined,
  failed: () => undefined,
});

function requests() {
  const time = { now: 0 };
  return { time, all: new PendingRequests({ monotonic: () => time.now }) };
}

test("gives each request an id of its own, and the request back with its answer", () => {
  const { all } = requests();
  const [alice, bob] = [member(), member()];
  const [first, second] = [all.add(of(alice, 1)), all.add(of(bob, 1))];
  expect(first).not.toBe(second);
  expect(all.idOf(bob, 1)).toBe(second);
  expect(all.idOf(bob, "1")).toBeNull();
  expect(all.take(first)?.pending.member).toBe(alice);
  expect(all.take(first)).toBeNull();
  expect(all.size).toBe(1);
});

test("means the one client that has a request under way, and its latest request", () => {
  const { all } = requests();
  const alice = member();
  all.add(of(null, 0));
  expect(all.meant(false)).toBe("none");
  all.add(of(alice, 1));
  all.add(of(alice, 2));
  expect(all.meant(false)).toMatchObject({ member: alice, about: { id: 2 } });
  all.add(of(member(), 1));
  expect(all.meant(false)).toBe("several");
});

test("takes a request that was called off into account for a minute", () => {
  const { all, time } = requests();
  const [alice, bob] = [member(), member()];
  const id = all.add(of(alice, 1));
  all.callOff(id);
  all.add(of(bob, 1));
  expect([all.size, all.meant(false)]).toEqual([1, "several"]);
  expect(all.meant(true)).toMatchObject({ member: bob });
  expect(all.take(id)).toMatchObject({ isHeard: true });
  all.callOff(all.add(of(alice, 2)));
  time.now = 60_001;
  expect(all.meant(false)).toMatchObject({ member: bob });
});

test("is full with so many, and with ten times as many that were called off", () => {
  const { all } = requests();
  const alice = member();
  for (let id = 0; id < 20; id += 1) all.callOff(all.add(of(alice, id)));
  expect(all.isFull(2)).toBe(true);
  expect(all.isFull(3)).toBe(false);
});

test("calls off what a client that leaves has asked for", () => {
  const { all } = requests();
  const [alice, bob] = [member(), member()];
  const ids = [all.add(of(alice, 1)), all.add(of(alice, 2))];
  all.add(of(bob, 1));
  expect(all.leave(alice)).toEqual(ids);
  expect(ids.map((id) => all.giveUp(id))).toEqual([null, null]);
  expect(all.clear().map((one) => one.member)).toEqual([bob]);
  expect(all.size).toBe(0);
});
