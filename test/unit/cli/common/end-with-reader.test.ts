import { spawn } from "node:child_process";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { endWithReader } from "../../../../gateway/cli/common/end-with-reader.ts";

const main = fileURLToPath(new URL("../../../../gateway/main.ts", import.meta.url));

test("ends a command whose reader has seen enough, without a word", async () => {
  const child = spawn(process.execPath, [main, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
  expect([code, said]).toEqual([141, ""]);
});

test("throws any other failure to write", () => {
  const stdout = new PassThrough();
  const ended: number[] = [];
  endWithReader(stdout, (code) => ended.push(code));
  expect(() => stdout.emit("error", Object.assign(new Error("full"), { code: "ENOSPC" }))).toThrow("full");
  expect(ended).toEqual([]);
});
