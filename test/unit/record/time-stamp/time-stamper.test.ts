import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StampFolder } from "../../../../gateway/record/time-stamp/stamp-folder.ts";
import { TimeStamper } from "../../../../gateway/record/time-stamp/time-stamper.ts";
import { verifyTimeStamp } from "../../../../gateway/record/time-stamp/token.ts";
import { TestLog, write } from "../../../support/record/test-log.ts";
import { keyKinds, TimeStampAuthority } from "../../../support/time-stamp/authority.ts";

const kinds = Object.keys(keyKinds) as (keyof typeof keyKinds)[];

describe.each(kinds)("with an authority whose key is of the kind %s", (kind) => {
  const authority = new TimeStampAuthority(kind);
  let here: TestLog;
  beforeAll(() => authority.listen());
  afterAll(() => authority.remove());
  beforeEach(() => {
    here = new TestLog();
  });
  afterEach(() => here.remove());

  let nonces = 0;
  const stamper = ({ url } = authority, change = (body: Buffer) => body): TimeStamper =>
    new TimeStamper({
      dir: here.log,
      nonce: () =>
        createHash("sha256")
          .update(String((nonces += 1)))
          .digest()
          .subarray(0, 8),
      async post(body) {
        const answer = await fetch(url, { method: "POST", body: Uint8Array.from(body) });
        return { status: answer.status, body: change(Buffer.from(await answer.arrayBuffer())) };
      },
    });

  async function stamped(...counts: number[]): Promise<void> {
    let n = 0;
    for (const count of counts) {
      const writer = here.writer();
      for (const end = n + count; n < end; n += 1) await write(writer, n);
      await writer.close();
      await stamper().submit();
    }
  }

  const problemsOf = async (): Promise<string[]> => {
    const report = await here.verified(false, undefined, [authority.root]);
    return report.problems.map(({ code, detail }) => `${code}: ${detail}`);
  };

  const fileOf = (size: number, suffix: string): string => join(here.log, "tlog", "time-stamps", `${size}.${suffix}`);

  it("says at what time the log had which lines, and OpenSSL says so too", async () => {
    const began = Math.floor(Date.now() / 1_000) * 1_000;
    await stamped(3, 4);
    await stamper().submit();
    const report = await here.verified(false, undefined, [authority.root]);
    expect(report).toMatchObject({ ok: true, time_stamps: [{ size: 4 }, { size: 8, by: "CN=Stamp Authority" }] });
    for (const { at } of report.time_stamps ?? []) expect(Date.parse(at)).toBeGreaterThanOrEqual(began);
    expect(new StampFolder(here.log).sizes()).toEqual([4, 8]);
    expect(await authority.verify(fileOf(8, "checkpoint"), fileOf(8, "tsr"))).toContain("Verification: OK");
    expect((await here.verified(false)).time_stamps).toBeNull();
  });

  it("finds out each change of a token that says something else", async () => {
    await stamped(3);
    const { checkpoint, response } = new StampFolder(here.log).read(4);
    const said = verifyTimeStamp(response, checkpoint, [authority.root]);
    /** What the answer says with one bit changed; null when it does not hold. */
    const saidWith = (at: number): typeof said | null => {
      const changed = Buffer.from(response);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 3));
      try {
        return verifyTimeStamp(changed, checkpoint, [authority.root]);
      } catch {
        return null;
      }
    };
    const time = /\d{14}Z/.exec(response.toString("latin1"))?.index ?? Number.NaN;
    const places = (from: number, count: number): number[] => Array.from({ length: count }, (_, at) => from + at);
    // The signature is the last of all.
    for (const at of [...places(time, 14), ...places(response.length - 24, 24)]) expect(saidWith(at)).toBeNull();
    for (let at = 0; at < response.length; at += 13) {
      const changed = saidWith(at);
      // Not all of it is signed, such as certificates that nobody needs.
      if (changed !== null) expect(changed).toEqual(said);
    }
  });

  it("does not hold for another checkpoint, without one of a given authority, or for a log that was cut", async () => {
    await stamped(3, 4);
    const stranger = new TimeStampAuthority(kind);
    const byStranger = await here.verified(false, undefined, [stranger.root]);
    await stranger.remove();
    expect(byStranger.problems.map(({ detail }) => detail)).toEqual([
      "no time stamp is of an authority that was given",
    ]);
    expect(byStranger.time_stamps).toMatchObject([{ is_given: false }, { is_given: false }]);
    const later = readFileSync(fileOf(8, "checkpoint"));
    writeFileSync(fileOf(8, "checkpoint"), readFileSync(fileOf(4, "checkpoint")));
    expect(await problemsOf()).toEqual(["time-stamp: its token is over other data"]);
    writeFileSync(fileOf(8, "checkpoint"), later);
    writeFileSync(join(here.log, "tlog", "checkpoint"), readFileSync(fileOf(4, "checkpoint")));
    expect(await problemsOf()).toContainEqual(expect.stringMatching(/^shorter: the log has 4 lines, and had 8/));
    rmSync(join(here.log, "tlog", "time-stamps"), { recursive: true });
    expect(await problemsOf()).toContain("time-stamp: the log has no time stamp");
  });

  it("holds beside stamps of an authority that was not given, which are told", async () => {
    await stamped(3);
    const successor = await new TimeStampAuthority(kind).listen();
    const writer = here.writer();
    await write(writer, 9);
    await writer.close();
    await stamper(successor).submit();
    const report = await here.verified(false, undefined, [authority.root]);
    await successor.remove();
    expect(report).toMatchObject({ ok: true, time_stamps: [{ is_given: true }, { size: 5, is_given: false }] });
  });

  it("keeps no answer that was not asked for, and asks again", async () => {
    await stamped(3);
    const old = new StampFolder(here.log).read(4).response;
    const answers = [
      [{ status: 500, body: Buffer.alloc(0) }, "it answers 500"],
      [{ status: 200, body: old }, "its token is over other data"],
      [{ status: 200, body: Buffer.from("no answer") }, ""],
      [{ status: 200, body: Buffer.from("30053003020102", "hex") }, "grants no time stamp"],
    ] as const;
    const writer = here.writer();
    await write(writer, 9);
    await writer.close();
    for (const [answer, why] of answers) {
      authority.instead = () => answer;
      await expect(stamper().submit()).rejects.toThrow(why);
    }
    authority.instead = null;
    const withOtherEnd = (body: Buffer) => Buffer.concat([body.subarray(0, -1), Buffer.of((body.at(-1) ?? 0) ^ 1)]);
    await expect(stamper(authority, withOtherEnd).submit()).rejects.toThrow("its signature does not hold");
    expect(new StampFolder(here.log).sizes()).toEqual([4]);
    await stamper().submit();
    expect(await problemsOf()).toEqual([]);
    expect(new StampFolder(here.log).sizes()).toEqual([4, 5]);
  });
});
