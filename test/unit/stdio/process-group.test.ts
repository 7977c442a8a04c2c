import { spawn } from "node:child_process";
import { once } from "node:events";
import { ProcessGroup } from "../../../gateway/stdio/process-group.ts";

const grace = { afterInput: 300, afterTerm: 300 };

const lead = (script: string) => {
  const child = spawn("sh", ["-c", script], { detached: true, stdio: ["pipe", "pipe", "ignore"] });
  return { child, group: new ProcessGroup(child), said: () => once(child.stdout, "data") };
};

test("lets a process end with its input", async () => {
  const { child, group } = lead("cat; exit 3");
  await group.end({ afterInput: 20_000, afterTerm: 0 });
  expect(child.exitCode).toBe(3);
});

test("ends what ignores the end of its input, and what ignores SIGTERM too", async () => {
  const polite = lead("echo up; sleep 60; exit 3");
  await polite.said();
  await polite.group.end(grace);
  expect(polite.child.signalCode).toBe("SIGTERM");
  const stubborn = lead("trap '' TERM; echo up; sleep 60; sleep 60");
  await stubborn.said();
  await stubborn.group.end(grace);
  expect(stubborn.child.signalCode).toBe("SIGKILL");
});

test("ends what its leader has left behind", async () => {
  const { child } = lead("sleep 60 & echo up");
  // Closed only when nobody holds its output any more.
  await once(child.stdout.resume(), "close");
  expect(child.exitCode).toBe(0);
});

test("has ended when it could not be started", async () => {
  const child = spawn("/no/such/program", [], { detached: true });
  await new ProcessGroup(child).end({ afterInput: 60_000, afterTerm: 0 });
  expect(child.pid).toBeUndefined();
});
