import { PassThrough } from "node:stream";
import type { LoggerOptions } from "../../../gateway/record/logger.ts";
import { createLogger } from "../../../gateway/record/logger.ts";

async function logged(
  options: Partial<LoggerOptions>,
  write: (logger: ReturnType<typeof createLogger>) => void,
): Promise<string> {
  const stream = new PassThrough();
  write(createLogger({ level: "info", format: "json", stream, ...options }));
  await new Promise((resolve) => setImmediate(resolve));
  return String(stream.read() ?? "");
}

test("writes one JSON line with its fields and labels, and leaves out what is below the level", async () => {
  const text = await logged({ labels: { instance: "gw-1" } }, (logger) => {
    logger.debug("unseen");
    logger.info("policy active", { revision: "r1", held: 12n });
  });
  expect(text.trim().split("\n")).toHaveLength(1);
  expect(JSON.parse(text)).toMatchObject({
    level: "info",
    message: "policy active",
    revision: "r1",
    held: "12",
    instance: "gw-1",
    timestamp: expect.any(String),
  });
});

test("keeps fields from taking the place of the line's own, and credentials out", async () => {
  const text = await logged({}, (logger) =>
    logger.warn("real", { level: "info", message: "forged", authorization: "Bearer x", error: new TypeError("bad") }),
  );
  expect(JSON.parse(text)).toMatchObject({
    level: "warn",
    message: "real",
    authorization: "[removed]",
    error: { name: "TypeError", message: "bad" },
  });
  expect(text).not.toContain("Bearer x");
});

test("does not throw on a field that refers to itself", async () => {
  const loop: Record<string, unknown> = {};
  loop["self"] = loop;
  for (const format of ["json", "pretty"] as const) {
    expect(await logged({ format }, (logger) => logger.error("loop", { loop }))).toContain("loop");
  }
});

test("writes a readable line for people that a caller's text cannot break in two", async () => {
  const text = await logged({ format: "pretty" }, (logger) =>
    logger.info("upstream\nfailed\u001b[2J", { tool: "crm/x", note: "a\nb" }),
  );
  expect(text).toMatch(/^\d\d:\d\d:\d\d info upstream\\nfailed\\u001b\[2J tool=crm\/x note="a\\nb"\n$/);
});
