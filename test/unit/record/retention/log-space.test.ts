import { tmpdir } from "node:os";
import { LogSpace } from "../../../../gateway/record/retention/log-space.ts";

test.each([
  ["has enough", 1, null, []],
  ["is getting full", 0.7, null, ["degraded"]],
  ["is nearly full", 1.5, "MiB left", ["unready"]],
])("a disk that %s", async (_what, part, full, severities) => {
  const everything = new LogSpace({ dir: tmpdir(), lowBytes: 2 ** 52 });
  await everything.look();
  const free = Number(/has (\d+) MiB/.exec(everything.full ?? "")?.[1]) * 1024 * 1024;
  const space = new LogSpace({ dir: tmpdir(), lowBytes: part === 1 ? free / 100 : free * part });
  expect([space.full, space.findings()]).toEqual([null, []]);
  await space.look();
  expect(space.full).toEqual(full === null ? null : expect.stringContaining(full));
  expect(space.findings().map(({ severity }) => severity)).toEqual(severities);
});

test("a folder that is not there says nothing of its disk", async () => {
  const space = new LogSpace({ dir: "/none/such", lowBytes: 2 ** 50 });
  await space.look();
  expect([space.full, space.findings()]).toEqual([null, []]);
});
