import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mintDevToken, openDevIssuer } from "../../../gateway/identify/dev-issuer.ts";
import { audience, handClock, identifier, outcome, route, trustedIssuer } from "./fixtures.ts";

const iss = "urn:sallyport:development:dev";
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-dev-"));
  path = join(folder, "state", "issuer-dev.jwk.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("makes its key once, readable by its owner only, and leaves nothing beside it", () => {
  const first = openDevIssuer(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, "state"))).toEqual(["issuer-dev.jwk.json"]);
  expect(openDevIssuer(path).publicKeys).toEqual(first.publicKeys);
  expect(JSON.stringify(first.publicKeys)).not.toContain('"d"');
});

test("refuses a key that others can read", () => {
  openDevIssuer(path);
  chmodSync(path, 0o640);
  expect(() => openDevIssuer(path)).toThrow(/can be read by others; chmod 600/);
});

test("refuses a file with another kind of key", () => {
  openDevIssuer(path);
  writeFileSync(
    path,
    JSON.stringify({
      kty: "OKP",
      crv: "Ed25519",
      x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
      d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    }),
  );
  expect(() => openDevIssuer(path)).toThrow(/holds no P-256 key/);
});

test("mints tokens that identification accepts, with the person behind the agent", async () => {
  const clock = handClock();
  const issuer = { ...openDevIssuer(path), issuer: iss };
  const trusted = trustedIssuer(iss, "", { development: true, algorithms: ["ES256"], keys: { kind: "file", path } });
  const identify = identifier([trusted], clock);
  const wanted = {
    sub: "refund-bot",
    audience,
    roles: ["refunds"],
    session: "run-1",
    purpose: "refunds",
    actingFor: "alice@example.com",
    ttl: 600,
  };
  expect(await outcome(identify, mintDevToken(issuer, wanted, clock.now()), route([iss]))).toMatchObject({
    id: "refund-bot",
    roles: ["refunds"],
    session: "run-1",
    purpose: { text: "refunds", truncated: false },
    clientId: "refund-bot",
    actingFor: { id: "alice@example.com" },
    actorChain: ["refund-bot"],
  });
  const long = mintDevToken(issuer, { sub: "refund-bot", audience, ttl: 901 }, clock.now());
  expect(await outcome(identify, long, route([iss]))).toBe("token_lifetime");
});

test("refuses tokens of a key that was replaced by a new one", async () => {
  const clock = handClock();
  const trusted = trustedIssuer(iss, "", { development: true, algorithms: ["ES256"], keys: { kind: "file", path } });
  const old = mintDevToken(
    { ...openDevIssuer(path), issuer: iss },
    { sub: "refund-bot", audience, ttl: 60 },
    clock.now(),
  );
  rmSync(path);
  expect(await outcome(identifier([trusted], clock), old, route([iss]))).toBe("token_key_unknown");
});
