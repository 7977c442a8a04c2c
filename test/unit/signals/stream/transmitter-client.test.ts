import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TransmitterApi } from "../../../../gateway/domain/signal.ts";
import { metadataUrl, TransmitterClient } from "../../../../gateway/signals/stream/transmitter-client.ts";
import { TestClock } from "../../../support/builders.ts";
import { transmitterSettings } from "../../../support/signals/settings.ts";
import { TestTransmitter } from "../../../support/signals/transmitter.ts";

let sender: TestTransmitter;
beforeEach(async () => {
  sender = await TestTransmitter.start({ audience: "https://gateway.example/signals/idp", path: "/tenant-1" });
});
afterEach(() => sender.close());

const { api } = transmitterSettings();
const client = (changes: Partial<TransmitterApi> = {}, clock = new TestClock(), issuer = sender.issuer) =>
  new TransmitterClient(
    { issuer, api: { ...api, ...changes } },
    { clock, secret: (reference) => `secret of ${reference}` },
  );

test.each([
  ["https://tr.example", "https://tr.example/.well-known/ssf-configuration"],
  ["https://tr.example/", "https://tr.example/.well-known/ssf-configuration"],
  ["https://tr.example/issuer1", "https://tr.example/.well-known/ssf-configuration/issuer1"],
  ["https://tr.example/a/b/", "https://tr.example/.well-known/ssf-configuration/a/b"],
])("looks for the metadata of %s at %s", (issuer, url) => {
  expect(metadataUrl(issuer)).toBe(url);
});

it("reads the metadata of an issuer with a path, keeps it for an hour, and reads it again after that", async () => {
  const clock = new TestClock();
  const known = client({}, clock);
  expect(await known.metadata()).toMatchObject({ jwksUri: `${sender.origin}/jwks` });
  await known.metadata();
  clock.advance(3_600_000);
  await known.metadata();
  expect(sender.requests.map(({ path }) => path)).toEqual(
    Array.from({ length: 2 }, () => "/.well-known/ssf-configuration/tenant-1"),
  );
});

it("refuses the metadata of another issuer", async () => {
  const other = client({ metadataUrl: metadataUrl(sender.issuer) }, new TestClock(), `${sender.origin}/tenant-2`);
  await expect(other.metadata()).rejects.toThrow(/metadata of another issuer/);
});

it("reaches no address of a class that is not allowed, and nothing by plain http beyond loopback", async () => {
  await expect(client({ addresses: new Set() }).metadata()).rejects.toThrow();
  expect(sender.requests).toEqual([]);
  await expect(client({ metadataUrl: "http://signals.example/x" }).metadata()).rejects.toThrow(/not reached by https/);
});

it("sends the credential of the configuration to endpoints, and none for metadata and keys", async () => {
  const known = client({ access: { kind: "header", reference: "env:API" } });
  const seen = await headersSeen(async (origin) => {
    const at = client({ access: { kind: "header", reference: "env:API" }, metadataUrl: `${origin}/meta` });
    await at.metadata().catch(() => undefined);
    await at.call({ method: "GET", url: `${origin}/status` });
  });
  expect(seen.map(({ path, authorization }) => [path, authorization])).toEqual([
    ["/meta", undefined],
    ["/status", "secret of env:API"],
  ]);
  expect(await known.keys()).toMatchObject({ keys: [{ kid: "k1" }] });
});

it("gets a token by client credentials, uses it until it ends, and gets another when it is refused", async () => {
  const clock = new TestClock();
  let refuse = false;
  const seen = await headersSeen(
    async (origin) => {
      const access = {
        ...({ kind: "client", clientId: "gate way", secretReference: "env:S", scope: "ssf.manage" } as const),
        tokenEndpoint: `${origin}/token`,
      } as const;
      const at = client({ access }, clock);
      const status = () => at.call({ method: "GET", url: `${origin}/status` });
      await status();
      await status();
      refuse = true;
      expect((await status()).status).toBe(401);
      clock.advance(60_000);
      refuse = false;
      await status();
    },
    (path) =>
      path === "/token" ? [200, { access_token: "at-1", expires_in: 60 }] : [refuse ? 401 : 200, { status: "enabled" }],
  );
  const basic = `Basic ${Buffer.from("gate+way:secret+of+env%3AS").toString("base64")}`;
  expect(seen.map(({ path, authorization, body }) => [path, authorization, body])).toEqual([
    ["/token", basic, "grant_type=client_credentials&scope=ssf.manage"],
    ["/status", "Bearer at-1", ""],
    ["/status", "Bearer at-1", ""],
    ["/status", "Bearer at-1", ""],
    ["/token", basic, "grant_type=client_credentials&scope=ssf.manage"],
    ["/status", "Bearer at-1", ""],
    ["/token", basic, "grant_type=client_credentials&scope=ssf.manage"],
    ["/status", "Bearer at-1", ""],
  ]);
});

interface Seen {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** What a server saw while `work` called it. */
async function headersSeen(
  work: (origin: string) => Promise<void>,
  answer: (path: string) => readonly [number, object] = () => [200, {}],
): Promise<Seen[]> {
  const seen: Seen[] = [];
  const server: Server = createServer({ keepAliveTimeout: 0 }, (req, res) => {
    let body = "";
    req.on("data", (chunk: Buffer) => (body += chunk.toString()));
    req.on("end", () => {
      const path = req.url ?? "";
      seen.push({ path, authorization: req.headers.authorization, body });
      const [status, document] = answer(path);
      res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(document));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
  return seen;
}
