import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signIn } from "../../../../gateway/cli/hook/sign-in.ts";
import { type SignedIn, signedInToken, writeSignedIn } from "../../../../gateway/cli/hook/signed-in.ts";
import { systemClock } from "../../../../gateway/compose/clock-and-ids.ts";
import { answeringGateway, type Given } from "../../../support/hooks/answering.ts";
import { expectExamples, inProcess } from "../run.ts";

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sallyport-signed-in-"));
  file = join(dir, "hook.json");
});
afterEach(() => rmSync(dir, { recursive: true }));

const renewal: Given = [200, { access_token: "a2", refresh_token: "r2", expires_in: 600 }];

async function withFile(changes: Partial<SignedIn>, answers: readonly Given[], times = 1) {
  const server = await answeringGateway(answers);
  try {
    const token_endpoint = `${server.url}/oauth/token`;
    const known = { gateway: server.url, token_endpoint, client_id: "c", access_token: "a1", refresh_token: "r1" };
    writeSignedIn(file, { ...known, expires_at: 0, ...changes });
    const through = { gateway: server.url };
    const tokens = await Promise.all(
      Array.from({ length: times }, () =>
        signedInToken(file, through, systemClock).catch((failure: Error) => failure.message),
      ),
    );
    return { tokens, asked: server.asked };
  } finally {
    await server.close();
  }
}

it("says of a gateway that is no authorization server that it is none", async () => {
  const server = createServer((_, response) => void response.writeHead(404).end("{}"));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const done = await inProcess(["sign-in", "--gateway", gateway, "--file", file]);
  await new Promise((ended) => server.close(ended));
  expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining(`${gateway} is no authorization server`) });
  expect(existsSync(file)).toBe(false);
});

it("takes the token that is there while it counts", async () => {
  const { tokens, asked } = await withFile({ expires_at: Date.now() + 3_600_000 }, [null]);
  expect([tokens, asked]).toEqual([["a1"], []]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it("renews one that ends, once for all that ask at the same time", async () => {
  const { tokens, asked } = await withFile({}, [renewal], 4);
  expect(tokens).toEqual(["a2", "a2", "a2", "a2"]);
  expect(asked).toHaveLength(1);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ access_token: "a2", refresh_token: "r2" });
  expect(existsSync(`${file}.lock`)).toBe(false);
});

it("says that the sign-in has ended when it is not renewed", async () => {
  const { tokens } = await withFile({}, [[400, { error: "invalid_grant" }]]);
  expect(tokens).toEqual([`the sign-in in ${file} has ended; run sallyport sign-in again`]);
  expect(existsSync(`${file}.lock`)).toBe(false);
});

it("sends the tokens of one gateway to no other", async () => {
  const { tokens, asked } = await withFile({ gateway: "https://gw.example" }, [renewal]);
  expect(tokens[0]).toContain("has tokens of https://gw.example, not of");
  expect(asked).toEqual([]);
});

it("goes past a lock that was left behind, and refuses a file that is something else", async () => {
  writeFileSync(`${file}.lock`, "");
  utimesSync(`${file}.lock`, 0, 0);
  expect((await withFile({}, [renewal])).tokens).toEqual(["a2"]);
  writeFileSync(file, "{}");
  await expect(signedInToken(file, { gateway: "https://gw.example" }, systemClock)).rejects.toThrow(
    "is not what sallyport sign-in writes",
  );
});

it("signs nobody in where no gateway is, or none that gives tokens", async () => {
  expect(await inProcess(["sign-in", "--gateway", "http://gw.example", "--file", file])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("in plain text"),
  });
  const server = await answeringGateway([[404, {}]]);
  try {
    const done = await inProcess(["sign-in", "--gateway", server.url, "--file", file]);
    expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining("Nobody was signed in") });
  } finally {
    await server.close();
  }
  await expectExamples("", [signIn]);
});
