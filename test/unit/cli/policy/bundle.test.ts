import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readArchive } from "../../../../gateway/bundles/archive/archive.ts";
import { type Signer, type SigningRoom, signingRoom } from "../../../support/bundles/signed-bundle.ts";
import { build, sign as signVerb, verify as verifyVerb } from "../../../../gateway/cli/policy/bundle.ts";
import { expectExamples, inProcess } from "../run.ts";

let room: SigningRoom;
let signer: Signer;
let unsigned: string;
let config: string;
beforeAll(async () => {
  room = await signingRoom();
  signer = await room.signer("ES256");
  unsigned = await room.bundle();
  config = join(room.folder, "sallyport.yaml");
  const key = `{ file: "${signer.verifyFile}", algorithm: ES256 }`;
  const policy = `{ source: { archive: "${unsigned}" }, signing: { keys: { release: ${key} }, scope: production } }`;
  writeFileSync(config, `version: 1\npolicy: ${policy}\n`);
  writeFileSync(join(room.folder, "keyless.yaml"), `version: 1\npolicy: { source: { archive: "${unsigned}" } }\n`);
});
afterAll(() => room.remove());

const sign = (archive: string, ...more: string[]) =>
  inProcess(["policy", "sign", archive, "--signing-key", signer.signFile, "--signing-alg", "ES256", ...more]);
const verify = (archive: string, ...more: string[]) => inProcess(["policy", "verify", archive, "-c", config, ...more]);

test("signs a bundle as a new file that verifies, and leaves the unsigned one alone", async () => {
  const [out, before] = [room.path("signed.tar.gz"), readFileSync(unsigned)];
  const done = await sign(unsigned, "--keyid", "release", "--scope", "production", "--out", out, "--json");
  const { revision } = await readArchive(unsigned);
  expect(done).toMatchObject({ code: 0, stderr: "" });
  const said = JSON.parse(done.stdout) as { iat: number };
  expect(said).toMatchObject({ ok: true, archive: out, revision, keyid: "release", scope: "production" });
  expect(readFileSync(unsigned).equals(before)).toBe(true);
  const verified = await verify(out, "--json");
  expect(JSON.parse(verified.stdout)).toMatchObject({
    ok: true,
    revision,
    files: 4,
    keyid: "release",
    signed_at: new Date(said.iat * 1_000).toISOString().replace(".000Z", "Z"),
  });
  const text = await verify(out);
  expect(text).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`is signed by release: revision ${revision}`),
  });
});

test("signs in place, again and again, with one signature", async () => {
  const archive = room.path("place.tar.gz");
  copyFileSync(unsigned, archive);
  for (const scope of ["staging", "production"])
    expect(await sign(archive, "--keyid", "release", "--scope", scope)).toMatchObject({ code: 0 });
  expect(await verify(archive)).toMatchObject({ code: 0 });
  expect(await room.opaRefusal(archive, signer, { scope: "production" })).toBeNull();
});

test("says what is wrong with a bundle, by name, and exits 1", async () => {
  const done = await verify(unsigned, "--json");
  expect(done.code).toBe(1);
  expect(JSON.parse(done.stdout)).toMatchObject({ ok: false, error: { code: "bundle_unsigned" } });
  const elsewhere = room.path("elsewhere.tar.gz");
  await sign(unsigned, "--keyid", "release", "--scope", "staging", "--out", elsewhere);
  expect(await verify(elsewhere)).toMatchObject({
    code: 1,
    stderr: 'the signature is for the scope "staging", and this gateway takes the scope "production"\n',
  });
});

test("has nothing to verify with when the configuration names no keys", async () => {
  const done = await inProcess(["policy", "verify", unsigned, "-c", join(room.folder, "keyless.yaml")]);
  expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining("names no keys in policy.signing") });
});

test.each([
  ["a key file that is not there", "none.pem", "RS256", null, "cannot be read (ENOENT)"],
  ["a secret with a line end", "line.txt", "HS256", `${"s".repeat(40)}\n`, "ends with a line end"],
  ["a secret that is too short", "short.txt", "HS256", "hunter2", "the secret has 7 bytes, and HS256 needs 32 or more"],
  ["no key at all", "text.txt", "ES256", "no key", "failed to parse PEM block"],
])("signs nothing with %s", async (_name, file, algorithm, content, message) => {
  const [key, out] = [join(room.folder, file), room.path("none.tar.gz")];
  if (content !== null) writeFileSync(key, content);
  const done = await inProcess([
    "policy",
    "sign",
    unsigned,
    "--signing-key",
    key,
    "--signing-alg",
    algorithm,
    "--out",
    out,
  ]);
  expect(done.code).not.toBe(0);
  expect(done.stderr).toContain(message);
  expect(done.stderr).not.toContain("hunter2");
  expect(() => readFileSync(out)).toThrow("ENOENT");
});

test("signs no archive that is no bundle", async () => {
  const file = room.path("text.tar.gz");
  writeFileSync(file, "text");
  expect(await sign(file)).toMatchObject({ code: 3, stderr: expect.stringContaining("is damaged, or is no tar.gz") });
  expect(readFileSync(file, "utf8")).toBe("text");
});

test("the help of every verb has its examples", async () => {
  await expectExamples("policy", [build, signVerb, verifyVerb]);
});
