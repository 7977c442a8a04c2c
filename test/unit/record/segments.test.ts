import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const segments = new URL("../../../gateway/record/segments.ts", import.meta.url).href;

/** Appends in a process that writes each synchronous operation of its event loop to standard error, where it was called. */
async function appended(dir: string) {
  const text = `
    const { OpenSegment } = await import(${JSON.stringify(segments)});
    const { statSync } = await import("node:fs");
    await new Promise(setImmediate);
    const segment = await OpenSegment.create(${JSON.stringify(dir)}, "decisions-000001.jsonl");
    for (let lines = 0; lines < 20; lines += 1) await segment.append(Buffer.from("{}\\n"));
    console.log(segment.size);
    function known() { statSync(${JSON.stringify(dir)}); }
    known();`;
  return promisify(execFile)(process.execPath, ["--trace-sync-io", "--input-type=module", "-e", text]);
}

test("a file system that does not answer cannot hold up the event loop: a segment asks nothing of it synchronously", async () => {
  const dir = mkdtempSync(join(tmpdir(), "sallyport-segment-"));
  try {
    const { stdout, stderr } = await appended(dir);
    expect(stdout).toBe("60\n");
    expect(stderr).toMatch(/sync API[^]*at known /);
    expect(stderr).not.toContain("record/segments.ts");
  } finally {
    rmSync(dir, { recursive: true });
  }
});
