/** Two gateways on one store: the same calls on a SQLite file and on a PostgreSQL database. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { makeProof } from "../../gateway/identify/dpop/make-proof.ts";
import { type Es256Key, openEs256Key } from "../../gateway/identify/es256-key-file.ts";
import { eventually } from "../support/eventually.ts";
import { type DatabaseOnLine, databaseOnLine } from "../support/postgres/database-on-line.ts";
import type { Line } from "../support/postgres/line.ts";
import { describeWithPostgres } from "../support/postgres/server.ts";
import { type Answer, heldId } from "../verify/approvals/world/caller.ts";
import type { ProofGateway } from "../verify/approvals/world/gateway.ts";
import { type House, openHouse } from "../verify/approvals/world/house.ts";
import { widest } from "../verify/approvals/world/policy.ts";

const publicUrl = "http://gateway.example";
const transfers = "/payments/v1/transfers";
const customers = "/payments/v1/customers/read";
const subscriptions = "/payments/v1/subscriptions";

function house(store: object | null): Promise<House> {
  // What a read brings back must not decide whether the next one is held.
  const catalog = { put_transfer: { sink: "external" }, read_customer: { mutates: false } };
  return openHouse({ gateways: 2, publicUrl, catalog, ...(store === null ? {} : { sections: { store } }) });
}

/** What two gateways on one store promise, whichever engine it is. */
function describeCalls(of: () => House): void {
  const gateway = (at: 0 | 1): ProofGateway => of().gateways[at] as ProofGateway;
  const token = (sub: string) => of().issuer.token({ sub });
  const codes = ({ body }: Answer) => (body["reasons"] as { readonly code: string }[]).map(({ code }) => code);

  it("let an allowed call through at both", async () => {
    const one = await token("reader");
    for (const at of [0, 1] as const) {
      const { status } = await gateway(at).caller.call({ path: customers, token: one, json: { item: `read-${at}` } });
      expect([status, of().upstream.count(`read-${at}`)]).toEqual([200, 1]);
    }
  });

  it("release a call that was held at one and approved at the other once, of many who ask at both", async () => {
    const one = await token("mover");
    const call = (at: 0 | 1) => gateway(at).caller.call({ path: transfers, token: one, json: { item: "move" } });
    const id = heldId(await call(0)) ?? "";
    expect(heldId(await call(1))).toBe(id);
    expect((await (await gateway(1).person()).vote(id)).body["state"]).toBe("approved");
    const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => call(at % 2 === 0 ? 0 : 1)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(of().upstream.count("move")).toBe(1);
  });

  it("tell a caller that waits at one what people decide at the other", async () => {
    const one = await token("waiter");
    const path = transfers;
    const headers = { prefer: "wait=60" };
    const waiting = gateway(0).caller.call({ path, token: one, json: { item: "wait" }, headers });
    const person = await gateway(1).person();
    const id = await eventually("it is held", async () => {
      const { body } = await person.get("/api/approvals?state=held");
      const items = body["items"] as readonly { readonly id: string; readonly agent: string }[];
      return items.find(({ agent }) => agent === "waiter")?.id ?? null;
    });
    await person.vote(id);
    expect((await waiting).status).toBe(200);
    expect(of().upstream.count("wait")).toBe(1);
  });

  it("know at one what the session has read at the other", async () => {
    const one = await token("sender");
    const send = (item: string) =>
      gateway(1).caller.call({ method: "PUT", path: transfers, token: one, json: { item } });
    expect(codes(await send("before"))).not.toContain("EXFILTRATION_CHAIN");
    for (let round = 0; round < 10; round += 1) {
      const next = await token(`sender-${round}`);
      await gateway(0).caller.call({ path: customers, token: next, json: { item: "private" } });
      const sent = await gateway(1).caller.call({ method: "PUT", path: transfers, token: next, json: { item: "out" } });
      expect(codes(sent)).toContain("EXFILTRATION_CHAIN");
    }
  });

  it("count the uses of one permission together, to the last", async () => {
    // A session at each: of one that goes to both at once it is not known what it has read, so that people are asked anew.
    const tokens = await Promise.all(["one", "other"].map((sid) => of().issuer.token({ sub: "subscriber", sid })));
    const json = { item: "sub" };
    const call = (at: 0 | 1) => gateway(at).caller.call({ path: subscriptions, token: tokens[at] as string, json });
    const id = heldId(await call(0)) ?? "";
    const uses = 20;
    await (await gateway(0).person()).vote(id, { grant: { ...widest, uses } });
    expect((await call(0)).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 60 }, (_, at) => call(at % 2 === 0 ? 0 : 1)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(uses - 1);
    expect(of().upstream.count("sub")).toBe(uses);
  });

  it("refuse at one what was revoked at the other, and let it through again when it is given back", async () => {
    const one = await token("revoked");
    const call = () => gateway(1).caller.call({ path: customers, token: one, json: { item: "revoked" } });
    expect((await call()).status).toBe(200);
    const person = await gateway(0).person();
    const wanted = { kind: "subject", target: "revoked", reason: "the test", anyway: true };
    const { status, body } = await person.post("/api/revocations", wanted);
    // Every process has said that it ended what it had under way: so it knows.
    expect([status, body["matched"]]).toEqual([201, expect.objectContaining({ unanswered: 0 })]);
    const refused = await call();
    expect([refused.status, refused.body["code"]]).toEqual([403, "access_revoked"]);
    expect((await person.post(`/api/revocations/${String(body["id"])}/lift`, {})).status).toBe(204);
    await eventually("the other lets it through", async () => ((await call()).status === 200 ? true : null));
  });
}

const json = { "content-type": "application/json" };

/** On a loopback address a console has its port in the names of its cookies. */
function cookieAt(console: string, cookie: string): string {
  return cookie.replaceAll(/(sallyport)-\d+=/g, `$1-${new URL(console).port}=`);
}

/** Of what a single process keeps in memory, what gateways of one database share. */
function describeShared(of: () => House, key: () => Es256Key): void {
  async function proven(item: string) {
    const { thumbprint } = key();
    const token = await of().issuer.token({ sub: "prover", cnf: { jkt: thumbprint } });
    const request = { method: "POST", url: publicUrl + customers, token, nonce: null };
    const proof = await makeProof(key(), request, { jti: randomUUID(), nowMs: Date.now() });
    const headers = { authorization: `DPoP ${token}`, dpop: proof };
    return (at: 0 | 1) => of().gateways[at]!.caller.call({ path: customers, token, json: { item }, headers });
  }

  it("accept a DPoP proof at one of them, once", async () => {
    const call = await proven("proven");
    expect((await call(0)).status).toBe(200);
    const again = await call(1);
    expect([again.status, again.body["code"]]).toEqual([401, "proof_replayed"]);
    const races = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const race = await proven(`race-${at}`);
        return Promise.all([race(0), race(1)]);
      }),
    );
    for (const both of races) expect(both.map(({ status }) => status).toSorted()).toEqual([200, 401]);
  });

  it("serve a session of MCP that one of them has seen begin, to its caller alone", async () => {
    const path = "/rpc";
    const legacy = { "mcp-protocol-version": "2025-11-25", accept: "application/json, text/event-stream" };
    const [own, other] = await Promise.all(["session-bot", "other-bot"].map((sub) => of().issuer.token({ sub })));
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
    const initialize = { jsonrpc: "2.0", id: 0, method: "initialize", params };
    const begun = await of().gateways[0]!.caller.call({ path, token: own!, json: initialize, headers: legacy });
    const id = String(begun.headers["mcp-session-id"]);
    expect(id).toMatch(/^[\w-]{100,}$/);
    // Its callers write what they have: the gateway's own id.
    const post = (at: 0 | 1, token: string, session: string) =>
      fetch(of().gateways[at]!.caller.origin + path, {
        method: "POST",
        headers: {
          ...legacy,
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "mcp-session-id": session,
        },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
      });
    for (const at of [1, 0] as const) {
      expect([(await post(at, own!, id)).status, (await post(at, other!, id)).status]).toEqual([200, 404]);
      expect((await post(at, own!, `${id.slice(0, -1)}${id.endsWith("A") ? "B" : "A"}`)).status).toBe(404);
    }
  });

  it("have whoever signs in at one signed in at both, until they sign out at either", async () => {
    const [here, there] = of().gateways.map((gateway) => gateway.console) as [string, string];
    const person = await of().gateways[0]!.person();
    const at = (console: string, path: string, more: RequestInit = {}) =>
      fetch(console + path, { ...more, headers: { cookie: cookieAt(console, person.cookie), ...more.headers } });
    const found = (await (await at(there, "/api/session")).json()) as { user: string; csrf: string };
    expect(found.user).toBe("approver");
    const forged = await at(there, "/api/revocations", { method: "POST", headers: { "x-csrf-token": "x" } });
    expect(forged.status).toBe(403);
    const left = await at(there, "/api/logout", { method: "POST", headers: { "x-csrf-token": found.csrf } });
    expect(left.status).toBe(204);
    expect([(await at(here, "/api/session")).status, (await at(there, "/api/session")).status]).toEqual([401, 401]);
  });

  it("take a proof of who somebody is at one for a vote at the other, under a new cookie alone", async () => {
    const [here, there] = of().gateways.map((gateway) => gateway.console) as [string, string];
    const person = await of().gateways[0]!.person();
    const session = async (console: string, cookie: string) =>
      (await fetch(`${console}/api/session`, { headers: { cookie: cookieAt(console, cookie) } })).json();
    const { csrf } = (await session(there, person.cookie)) as { csrf: string };
    const proven = await fetch(`${there}/api/step-up`, {
      method: "POST",
      headers: { cookie: cookieAt(there, person.cookie), "x-csrf-token": csrf, ...json },
      body: JSON.stringify({ for: { kind: "passkeys" }, password: await of().gateways[0]!.passwordOf("approver") }),
    });
    expect(proven.status).toBe(200);
    const cookie = proven.headers
      .getSetCookie()
      .map((line) => line.split(";")[0])
      .join("; ");
    expect(await session(here, cookie)).toMatchObject({ user: "approver", csrf, step_ups: [{ purpose: "passkeys" }] });
    expect(await session(here, person.cookie)).toMatchObject({ code: "session_required" });
  });

  it("sign receipts with one key", async () => {
    const keys = await Promise.all(
      of().gateways.map(async (gateway) => {
        const answer = await fetch(`${gateway.console}/.well-known/sallyport/approval-keys.json`);
        return answer.text();
      }),
    );
    expect(JSON.parse(keys[0]!)).toHaveProperty("keys");
    expect(keys[0]).toBe(keys[1]);
  });
}

/** A database that is gone, or does not answer. */
function describeOutages(of: () => House, line: () => Line): void {
  async function readyz(at: 0 | 1): Promise<string | null> {
    const answer = await fetch(`${of().gateways[at]!.console}/readyz`);
    const text = await answer.text();
    return answer.status === 503 ? text : null;
  }

  it.each(["cut", "dead"] as const)(
    "refuse every call while the line is %s, and go on when it is whole",
    async (how) => {
      const [known, fresh] = await Promise.all(
        ["known", "fresh"].map((sub) => of().issuer.token({ sub: `${sub}-${how}` })),
      );
      const call = (token: string, item: string, path = customers) =>
        of().gateways[0]!.caller.call({ path, token, json: { item } });
      expect((await call(known!, "before")).status).toBe(200);
      const held = heldId(await call(known!, `held-${how}`, transfers)) ?? "";
      await (await of().gateways[1]!.person()).vote(held);
      line().set(how);
      const during = [
        await call(known!, `during-${how}`),
        await call(fresh!, `during-${how}`),
        await call(known!, `held-${how}`, transfers),
        await call(fresh!, `asked-${how}`, transfers),
      ];
      for (const { status, body } of during) expect([status, body["code"]]).toEqual([503, "store_unavailable"]);
      const report = await eventually("it says that it cannot look", async () => {
        const text = await readyz(0);
        return text?.includes("store-changes") === true ? text : null;
      });
      expect(report).toContain("look at PostgreSQL and the way to it");
      line().set("whole");
      await eventually("calls are let through", async () =>
        (await call(known!, `after-${how}`)).status === 200 ? true : null,
      );
      await eventually("it is ready", async () => ((await readyz(0)) === null ? true : null));
      expect((await call(known!, `held-${how}`, transfers)).status).toBe(200);
      expect([`during-${how}`, `asked-${how}`, `held-${how}`].map((item) => of().upstream.count(item))).toEqual([
        0, 0, 1,
      ]);
    },
  );
}

describe("two gateways on one SQLite file", () => {
  let both: House;
  beforeAll(async () => (both = await house(null)));
  afterAll(() => both?.close());
  describeCalls(() => both);
});

describeWithPostgres("two gateways on one PostgreSQL database", () => {
  let database: DatabaseOnLine;
  let both: House;
  beforeAll(async () => {
    database = await databaseOnLine();
    both = await house(database.section("1s"));
  });
  afterAll(async () => {
    await both?.close();
    await database?.close();
  });
  describeCalls(() => both);
  describeShared(
    () => both,
    () => openEs256Key(join(both.dir, "proof.key")),
  );
  describeOutages(
    () => both,
    () => database.line,
  );
});
