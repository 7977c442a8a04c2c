import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { otherVerifier, runOtherVerifier } from "../../../support/record/other-verifier.ts";
import { TestLog } from "../../../support/record/test-log.ts";
import { inProcess } from "../run.ts";

let log: TestLog;
let out: string;

/** Three segments or more, with one decision a line. */
beforeEach(async () => {
  out = mkdtempSync(join(tmpdir(), "sallyport-damaged-"));
  log = new TestLog();
  const writer = log.writer({ segmentBytes: 400 });
  for (let n = 1; n <= 8; n += 1) {
    const judged = { bundles: {}, result: { effect: "allow" }, rules: [] };
    const record = { kind: "decision", decision_id: `d_${n}`, timestamp: `2026-11-26T08:00:0${n}.000Z`, ...judged };
    await new Promise<void>((done) => writer.append(`,${JSON.stringify(record).slice(1, -1)}`, () => done()));
  }
  await writer.close();
});
afterEach(() => {
  log.remove();
  rmSync(out, { recursive: true });
});

const tlog = (...names: string[]): string => join(log.log, "tlog", ...names);

/** A folder is in the place of the file: nobody can read it, whatever the rights are. */
function putFolder(file: string): void {
  rmSync(file);
  mkdirSync(file);
}

const damages: readonly [what: string, damage: () => void, place: string, left: number][] = [
  [
    "a segment that is compressed and cut",
    () => {
      writeFileSync(`${log.first}.gz`, gzipSync(readFileSync(log.first)));
      rmSync(log.first);
      truncateSync(`${log.first}.gz`, 60);
    },
    "decisions-000001.jsonl.gz: cannot be read to its end: unexpected end of file",
    1,
  ],
  [
    "a segment that cannot be read",
    () => putFolder(log.first),
    "decisions-000001.jsonl: cannot be read to its end: EISDIR",
    1,
  ],
  [
    "a decision without a result",
    () => writeFileSync(log.first, readFileSync(log.first, "utf8").replace(/"result":/, '"rasult":')),
    "decisions-000001.jsonl: line 2 is not the one of the tree",
    1,
  ],
  ["no keys that can be read", () => putFolder(tlog("keys")), "tlog/keys: EISDIR", 1],
  ["keys of another form", () => writeFileSync(tlog("keys"), "a\n\nb\n\n"), "tlog/keys: the file of keys holds", 1],
  [
    "no history that can be read",
    () => putFolder(tlog("checkpoints")),
    "tlog/checkpoints: cannot be read to its end",
    0,
  ],
  [
    "a damaged checkpoint",
    () => writeFileSync(tlog("checkpoint"), "x"),
    "tlog/checkpoint: is there and is no checkpoint",
    0,
  ],
  [
    "a checkpoint that cannot be read",
    () => putFolder(tlog("checkpoint")),
    "tlog/checkpoint: cannot be read: EISDIR",
    1,
  ],
];

test.each(damages)(
  "%s is told with its place, and the rest of the log is reported",
  async (_what, damage, place, left) => {
    damage();
    expect(await inProcess(["audit", "verify", log.log])).toMatchObject({
      code: 1,
      stderr: "",
      stdout: expect.stringContaining(place),
    });
    const reported = await inProcess(["audit", "report", "--dir", log.log, "--out", out, "--since", "2026-11-01"]);
    expect(reported).toMatchObject({ code: 1, stderr: "", stdout: expect.stringContaining("The log does not hold") });
    const made = JSON.parse(readFileSync(join(out, "report.json"), "utf8")) as Record<string, unknown>;
    expect(made).toMatchObject({
      ok: false,
      unread: Array.from({ length: left }, () => expect.any(String) as unknown),
    });
    expect(Object(made["decisions"])).toMatchObject({ total: expect.any(Number) as unknown });
    expect((made["decisions"] as { total: number }).total).toBeGreaterThan(4);
  },
);

test.each(damages.slice(0, 2))(
  "with %s an action of another segment is proved, and what was not read is said",
  async (_what, damage) => {
    damage();
    const proved = await inProcess(["audit", "prove", "d_8", "--dir", log.log, "--out", out]);
    expect(proved).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("decision.tlog-proof"),
      stderr: expect.stringMatching(
        /^Lines of this action may be missing: decisions-000001\.jsonl\S* cannot be read to its end/,
      ),
    });
    expect(await inProcess(["audit", "prove", "d_none", "--dir", log.log, "--out", out])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/has no line of d_none; decisions-000001\.jsonl\S* cannot be read/),
    });
  },
);

test.each([
  ["of other lines", () => gzipSync("{}\n"), "other lines", false],
  ["of the same lines", () => gzipSync(readFileSync(log.first)), "the same lines", true],
  ["that is no archive", () => Buffer.from("{}\n"), "lines that cannot be compared", false],
])(
  "a file %s beside that of its segment is told by both verifiers",
  async (_what, content, told, isFineWhileCompressed) => {
    writeFileSync(`${log.first}.gz`, content());
    const problem = `decisions-000001.jsonl.gz%s is not read, since decisions-000001.jsonl is the segment; it has ${told}`;
    const found = await inProcess(["audit", "verify", log.log]);
    expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining(`file: ${problem.replace("%s", ":")}`) });
    expect(otherVerifier(log.log)).toMatchObject({
      ok: false,
      problems: [expect.stringContaining(problem.replace("%s", ""))],
    });
    expect((await log.verified(true)).ok).toBe(isFineWhileCompressed);
    expect(otherVerifier(log.log, "--live").ok).toBe(isFineWhileCompressed);
  },
);

test.each(damages.slice(0, 2))("with %s the second verifier reads the other segments", (_what, damage) => {
  damage();
  const { ok, problems, lines } = otherVerifier(log.log);
  expect([ok, problems[0], lines > 4]).toEqual([
    ...[false, expect.stringMatching(/^decisions-000001\.jsonl\S* cannot be read to its end: /), true],
  ]);
});

test("a log without any checkpoint that can be read does not hold, and is no missing one", async () => {
  for (const name of ["checkpoint", "checkpoints"]) writeFileSync(tlog(name), "x");
  expect(await inProcess(["audit", "verify", log.log])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/tlog\/checkpoint is there and is no checkpoint, and tlog\/checkpoints/),
  });
});

test("the second verifier says which checkpoint it was given cannot be read", () => {
  const binary = join(out, "binary");
  writeFileSync(binary, Buffer.from([0xff, 0xfe]));
  for (const file of [join(out, "none"), out, binary])
    expect(runOtherVerifier("--checkpoint", file, log.log)).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringMatching(/^--checkpoint \S+ cannot be read: [^\n]+\.\n$/),
    });
});

test("keys that cannot be read, and a tile, are said when an action is proved", async () => {
  putFolder(tlog("keys"));
  const prove = ["audit", "prove", "d_1", "--dir", log.log, "--out", out];
  expect(await inProcess(prove)).toMatchObject({ code: 1, stderr: expect.stringMatching(/^tlog\/keys of .* EISDIR/) });
  rmSync(tlog("tile"), { recursive: true });
  expect(await inProcess(prove)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^a tile over line 1 cannot/),
  });
});
