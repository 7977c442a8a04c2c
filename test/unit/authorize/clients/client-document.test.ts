/** Client ID metadata documents, from a real TLS server. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClientDocuments, isDocumentUrl } from "../../../../gateway/authorize/clients/client-document.ts";
import type { AddressClass } from "../../../../gateway/domain/route.ts";
import { checkedFetch } from "../../../../gateway/net/checked-fetch.ts";
import { TestClock } from "../../../support/builders.ts";
import { localServer, rootAuthority } from "../../../support/certificates.ts";
import { quiet } from "../../../support/quiet.ts";

interface Served {
  status?: number;
  type?: string;
  cache?: string;
  location?: string;
  text?: string;
}

let origin: string;
let folder: string;
let close: () => void;
let served: Served = {};
let asked = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "client-documents-"));
  const authority = await rootAuthority("Documents");
  const { certPem: cert, keyPem: key } = await localServer(authority);
  writeFileSync(join(folder, "ca.pem"), authority.certPem);
  const server = createServer({ cert, key }, (_req, res) => {
    asked += 1;
    const { status = 200, type = "application/json", cache, location, text = "" } = served;
    res.writeHead(status, {
      "content-type": type,
      ...(cache === undefined ? {} : { "cache-control": cache }),
      ...(location === undefined ? {} : { location }),
    });
    res.end(text);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterAll(() => {
  close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  served = {};
  asked = 0;
});

function documents(allowed: readonly AddressClass[] = ["loopback"]) {
  const clock = new TestClock();
  const fetch = checkedFetch({
    addresses: new Set(allowed),
    caFile: join(folder, "ca.pem"),
    timeoutMs: 5_000,
    maxBytes: 16_384,
  });
  return { clock, all: new ClientDocuments({ fetch, clock, logger: quiet }) };
}

const id = () => `${origin}/client.json`;
const good = () => ({ client_id: id(), client_name: "Desk", redirect_uris: ["http://127.0.0.1/callback"] });

test.each([
  ["https://app.example/client.json", true],
  ["https://app.example/", false],
  ["https://app.example", false],
  ["http://app.example/client.json", false],
  ["https://app.example/client.json#x", false],
  ["https://me:pw@app.example/client.json", false],
  ["https://app.example/a/../client.json", false],
  ["https://APP.example/client.json", false],
  ["https://app.example:443/client.json", false],
  ["desk", false],
])("takes %s for the URL of a document: %s", (url, is) => {
  expect(isDocumentUrl(url)).toBe(is);
});

describe("a client's document", () => {
  test("makes the client known by its host, its name a claim", async () => {
    served.text = JSON.stringify(good());
    expect(await documents().all.get(id(), "a")).toEqual({
      id: id(),
      kind: "document",
      name: "Desk",
      redirectUris: ["http://127.0.0.1/callback"],
      refreshes: true,
      secretReference: null,
    });
    served.text = JSON.stringify({ ...good(), client_name: "Desk\u202egnab", grant_types: ["authorization_code"] });
    const named = await documents().all.get(id(), "a");
    expect([named.name, named.refreshes]).toEqual([new URL(id()).host, false]);
  });

  test.each([
    ["another client", () => ({ ...good(), client_id: `${origin}/other.json` }), "its client_id is another"],
    ["no client", () => ({ redirect_uris: ["http://127.0.0.1/"] }), "its client_id is another"],
    ["a secret", () => ({ ...good(), client_secret: "x" }), "public clients alone"],
    [
      "a client with a key",
      () => ({ ...good(), token_endpoint_auth_method: "private_key_jwt" }),
      "public clients alone",
    ],
    ["no address", () => ({ ...good(), redirect_uris: [] }), "redirect_uris"],
    ["a script", () => ({ ...good(), redirect_uris: ["javascript:alert(1)"] }), "redirect_uris"],
    ["a list", () => [good()], "no JSON object"],
  ])("of %s is refused", async (_what, text, told) => {
    served.text = JSON.stringify(text());
    await expect(documents().all.get(id(), "a")).rejects.toThrow(told);
  });

  test.each<[string, Served, string]>([
    ["too large", { text: `"${"x".repeat(20_000)}"` }, "cannot be fetched"],
    ["a page", { type: "text/html", text: "{}" }, "not JSON"],
    ["not found", { status: 404 }, "answers 404"],
    ["a redirect", { status: 302, location: "http://169.254.169.254/latest" }, "answers 302"],
    ["no JSON", { text: "{" }, "no JSON object"],
  ])("that is %s is refused", async (_what, answer, told) => {
    served = answer;
    await expect(documents().all.get(id(), "a")).rejects.toThrow(told);
  });

  test("is not fetched from this machine or a private network", async () => {
    for (const url of [id(), "https://10.0.0.7/client.json", "https://169.254.169.254/x", "https://[::1]/x"])
      await expect(documents([]).all.get(url, "a")).rejects.toThrow("cannot be fetched");
    await expect(documents([]).all.get(id().replace("127.0.0.1", "localhost"), "a")).rejects.toThrow("cannot be");
    expect(asked).toBe(0);
  });

  test("is kept as long as its headers say, within bounds", async () => {
    const { clock, all } = documents();
    served = { text: JSON.stringify(good()), cache: "public, max-age=600" };
    await all.get(id(), "a");
    clock.advance(599_000);
    await all.get(id(), "a");
    expect(asked).toBe(1);
    served.cache = "no-store";
    clock.advance(2_000);
    await Promise.all([all.get(id(), "a"), all.get(id(), "b")]);
    clock.advance(59_000);
    await all.get(id(), "a");
    expect(asked).toBe(2);
  });

  test("that failed is not asked for again at once, and nobody makes the gateway fetch without end", async () => {
    const { clock, all } = documents();
    served = { status: 500 };
    for (let times = 0; times < 3; times += 1) await expect(all.get(id(), "a")).rejects.toThrow("answers 500");
    expect(asked).toBe(1);
    clock.advance(31_000);
    await expect(all.get(id(), "a")).rejects.toThrow("answers 500");
    expect(asked).toBe(2);
    for (let at = 0; at < 118; at += 1) await all.get(`${origin}/c/${at}`, "a").catch(() => undefined);
    await expect(all.get(`${origin}/c/more`, "a")).rejects.toThrow("too many client documents");
    expect(asked).toBe(120);
  });
});
