import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../../support/eventually.ts";
import { handClock, identification, keyServer, mint, outcome, route, signingKey, trustedIssuer } from "../fixtures.ts";

const iss = "https://idp.example";

test("names an issuer without a usable key before anybody calls, with the time of each problem, until it has keys", async () => {
  const [key, clock, server] = [await signingKey("ES256", "k1"), handClock(), await keyServer([])];
  const { findings, identify } = identification([trustedIssuer(iss, server.url)], clock);
  // What is asked for here is loaded in the background.
  const found = (text: string) =>
    eventually(text, () => {
      const [first] = findings();
      return first?.problem.includes(text) === true ? first : null;
    });
  const began = new Date(clock.now()).toISOString();
  const empty = await found("no key that verifies signatures");
  expect(empty).toMatchObject({ name: "issuer-keys", severity: "degraded" });
  expect(empty.problem).toContain(`of issuer ${iss} since ${began}, and its tokens are refused`);
  clock.advance(290_000);
  server.state.keys = [{ kty: "oct", k: "secret" }];
  const broken = await found("secret key parts");
  expect(broken.problem).toContain(`since ${new Date(clock.now()).toISOString()}`);
  clock.advance(30_000);
  server.state.keys = [key.publicJwk];
  await eventually("it is well", () => (findings().length === 0 ? true : null));
  expect(await outcome(identify, await mint(key, iss, clock), route([iss]))).toMatchObject({ id: "refund-bot" });
  await server.close();
});

test("says that keys which were loaded before count for a while, and quotes nothing of a file", async () => {
  const [key, clock] = [await signingKey("ES256", "k1"), handClock()];
  const folder = mkdtempSync(join(tmpdir(), "sallyport-keys-"));
  const path = join(folder, "keys.json");
  writeFileSync(path, JSON.stringify({ keys: [key.publicJwk] }));
  const change = { keys: { kind: "file", path } } as const;
  const { findings, identify } = identification([trustedIssuer(iss, "", change)], clock);
  const token = async () => outcome(identify, await mint(key, iss, clock), route([iss]));
  expect(await token()).toMatchObject({ id: "refund-bot" });
  expect(findings()).toEqual([]);
  writeFileSync(path, "confidential");
  clock.advance(5_000);
  const [found] = await eventually("it is noticed", () => (findings().length > 0 ? findings() : null));
  expect(found?.problem).toMatch(/loaded before count for a while: .*keys\.json is no JSON$/);
  clock.advance(1_800_000);
  expect(findings()[0]?.problem).toContain("its tokens are refused");
  rmSync(folder, { recursive: true });
});
