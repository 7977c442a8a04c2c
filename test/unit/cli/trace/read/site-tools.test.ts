import { replayClock } from "../../../../../gateway/cli/trace/replay/replay-clock.ts";
import { dataOfSite } from "../../../../../gateway/cli/trace/read/site-tools.ts";

test("puts the site of the sessions over the policy's data and leaves the rest as it is", () => {
  const data = {
    acme: { a: 1 },
    sallyport: {
      catalog: { crm: { find: {} }, desk: { old: {} } },
      site: { inside: ["theirs.example"], hosts_opt_in: true },
      limits: { crm: {} },
    },
  };
  const { acme, sallyport } = dataOfSite(data, {
    catalog: { desk: { read: {} } },
    site: { inside: ["ours.example"] },
    approval: "tainted",
  }) as {
    acme: unknown;
    sallyport: Record<string, unknown>;
  };
  expect(acme).toEqual({ a: 1 });
  expect(sallyport).toMatchObject({
    catalog: { crm: { find: {} }, desk: { read: {} } },
    site: { inside: ["ours.example"], hosts_opt_in: true },
    limits: { crm: {} },
    entitlements: { "replayed-agent": { desk: { tools: { "*": true } } } },
    approvers: { desk: { role: "replay-approver", count: 1, when: "tainted" } },
  });
  expect(sallyport["catalog"]).not.toHaveProperty("desk.old");
});

test("every session begins at ten on a working day of its own", () => {
  const clock = replayClock({ monotonic: () => 7 });
  const days = Array.from({ length: 12 }, () => {
    clock.nextSession();
    const begun = new Date(clock.now());
    clock.pass(90);
    expect(clock.now() - begun.getTime()).toBe(90_000);
    return begun;
  });
  expect(new Set(days.map((day) => day.toISOString().slice(0, 10))).size).toBe(12);
  for (const day of days) expect([day.getUTCHours(), [1, 2, 3, 4, 5].includes(day.getUTCDay())]).toEqual([10, true]);
  expect(clock.monotonic()).toBe(7);
});

test("after a session of several days the next one begins later, and never earlier", () => {
  const clock = replayClock({ monotonic: () => 0 });
  clock.nextSession();
  clock.pass(3 * 86_400);
  const end = clock.now();
  clock.nextSession();
  expect(clock.now()).toBeGreaterThanOrEqual(end);
});
