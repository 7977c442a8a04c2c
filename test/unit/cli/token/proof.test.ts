import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { decodeProtectedHeader, EmbeddedJWK, jwtVerify } from "jose";
import { proof } from "../../../../gateway/cli/token/proof.ts";
import { openEs256Key } from "../../../../gateway/identify/es256-key-file.ts";
import { expectExamples, inProcess } from "../run.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-cli-"));
const path = (name: string) => join(folder, name);
const url = "http://127.0.0.1:8700/payments/v1/orders/881?page=2";
let thumbprint: string;
beforeAll(() => {
  ({ thumbprint } = openEs256Key(path("dpop.jwk.json")));
  writeFileSync(path("token.txt"), "abc\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) => inProcess(["token", "proof", "--key", path("dpop.jwk.json"), ...args]);
const hashOfAbc = "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";

test("makes a proof for one request, alone on stdout", async () => {
  const done = await run("--method", "post", "--url", url, "--token", path("token.txt"), "--nonce", "n_1");
  expect(done).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/) });
  const { payload } = await jwtVerify(done.stdout.trim(), EmbeddedJWK, { typ: "dpop+jwt" });
  expect(payload).toEqual({
    jti: expect.stringMatching(/^p_[\w-]{22}$/),
    iat: expect.any(Number),
    htm: "POST",
    htu: "http://127.0.0.1:8700/payments/v1/orders/881",
    ath: hashOfAbc,
    nonce: "n_1",
  });
  expect(decodeProtectedHeader(done.stdout)["jwk"]).toEqual({
    kty: "EC",
    crv: "P-256",
    x: expect.any(String),
    y: expect.any(String),
  });
});

test("reads the token from stdin, and makes another proof each time", async () => {
  const stdin = Object.assign(new PassThrough(), { isTTY: false });
  stdin.end("abc\n");
  const args = ["token", "proof", "--key", path("dpop.jwk.json"), "--url", url, "--token", "-", "--json"];
  const piped = JSON.parse((await inProcess(args, { stdin, sees: () => undefined })).stdout);
  expect(piped.jkt).toBe(thumbprint);
  const { payload } = await jwtVerify(piped.proof as string, EmbeddedJWK);
  expect(payload).toMatchObject({ htm: "GET", ath: hashOfAbc });
  const [one, other] = [await run("--url", url), await run("--url", url)];
  expect(one.stdout).not.toBe(other.stdout);
});

test.each([
  [["--url", "/payments/v1/orders/881"], "--url is the whole address of the request, such as http://127.0.0.1:8700/"],
  [["--url", "http://user@host/x"], "--url is the whole address of the request"],
  [["--url", url, "--token", "none.txt"], "none.txt cannot be read: ENOENT"],
  [["--url", url, "--token", "-"], "stdin holds no access token."],
  [["--url", url, "--key", "none.jwk.json"], "There is no file none.jwk.json; sallyport token mint --dpop none.jwk"],
])("refuses %j", async (args, sentence) => {
  expect(await run(...args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(sentence) });
});

test("refuses a key that others can read, or that is none", async () => {
  openEs256Key(path("open.jwk.json"));
  chmodSync(path("open.jwk.json"), 0o644);
  const open = await run("--url", url, "--key", path("open.jwk.json"));
  expect(open).toMatchObject({ code: 2, stderr: expect.stringContaining("can be read by others; chmod 600 it") });
  writeFileSync(path("none.jwk.json"), "{}", { mode: 0o600 });
  const none = await run("--url", url, "--key", path("none.jwk.json"));
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("holds no P-256 key") });
});

test("the help has its examples", async () => {
  await expectExamples("token", [proof]);
});
