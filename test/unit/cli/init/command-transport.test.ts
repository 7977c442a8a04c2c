import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import { CommandTransport } from "../../../../gateway/cli/init/command-transport.ts";
import { eventually } from "../../../support/eventually.ts";

function transportOf(script: string, program = "sh") {
  const transport = new CommandTransport({ program, args: ["-c", script], env: { OWN: "own" }, mostOfErrors: 10 });
  const messages: JSONRPCMessage[] = [];
  const seen = { closed: 0, errors: 0 };
  transport.onmessage = (message) => void messages.push(message);
  transport.onclose = () => void (seen.closed += 1);
  transport.onerror = () => void (seen.errors += 1);
  return { transport, messages, seen };
}

/** A process that is killed is there until the kernel has removed it. */
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const notice = { jsonrpc: "2.0" as const, method: "notifications/initialized" };

test("reads messages, passes over what is none, and keeps the end of what is written to the standard error", async () => {
  const { transport, messages, seen } = transportOf(
    `echo nonsense; echo '${JSON.stringify(notice)}'; echo "123456789 $OWN" >&2; cat`,
  );
  await transport.start();
  await transport.send({ ...notice, method: "notifications/other" });
  await eventually("both messages", () => (messages.length === 2 ? true : null));
  expect(messages).toEqual([notice, { ...notice, method: "notifications/other" }]);
  await transport.close();
  expect(transport.errors).toBe("56789 own\n");
  expect(seen.closed).toBe(1);
});

test("has closed when what the command started has ended too, which holds its streams", async () => {
  const { transport, messages, seen } = transportOf(
    `trap '' TERM; sh -c 'echo "{\\"jsonrpc\\":\\"2.0\\",\\"method\\":\\"$$\\"}"; sleep 60; true'; true`,
  );
  await transport.start();
  const [first] = await eventually("its process", () => (messages.length === 0 ? null : messages));
  await transport.end();
  expect(seen.closed).toBe(1);
  const pid = Number((first as { method: string }).method);
  await eventually("no process", () => (isThere(pid) ? null : true));
});

test("tells by its end what cannot be written, and fails where the program cannot be started", async () => {
  const ended = transportOf("exit 0");
  await ended.transport.start();
  await eventually("its end", () => (ended.seen.closed === 1 ? true : null));
  await ended.transport.send(notice);
  await ended.transport.close();
  const { transport } = transportOf("", "/no/such/program");
  await expect(transport.start()).rejects.toMatchObject({ code: "ENOENT", syscall: "spawn /no/such/program" });
  await transport.close();
  await expect(transportOf("").transport.send(notice)).rejects.toThrow("it was not started");
});
