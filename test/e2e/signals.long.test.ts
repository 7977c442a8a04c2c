import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLog } from "../conformance/attacks/support/log.ts";
import { eventually } from "../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { TestTransmitter } from "../support/signals/transmitter.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const dev = "urn:sallyport:development:dev";
const audience = "https://gateway.example/signals";
const subjectOf = (sub: string) => ({ format: "iss_sub", iss: dev, sub });

describe("signals from outside", () => {
  let folder: string;
  let upstream: RecordingUpstream;
  let idp: TestTransmitter;
  let edr: TestTransmitter;
  let gateway: TestGateway;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sallyport-signals-"));
    await writeFile(join(folder, "push"), "Bearer agreed with the idp\n");
    upstream = await recordingUpstream();
    [idp, edr] = await Promise.all([TestTransmitter.start({ audience }), TestTransmitter.start({ audience })]);
    const { upstream: to } = paymentsRoute(upstream.origin);
    const common = { audience, about: ["dev"], api: { allow_addresses: ["loopback"], timeout: "20s" } };
    gateway = await startGateway({
      routes: [paymentsRoute(upstream.origin, { upstream: { ...(to as object), body_timeout: "2m" } })],
      config: {
        signals: [
          {
            id: "idp",
            issuer: idp.issuer,
            ...common,
            delivery: "push",
            authorization: `file:${join(folder, "push")}`,
            stream: { status_every: "1s" },
          },
          {
            id: "edr",
            issuer: edr.issuer,
            ...common,
            delivery: "poll",
            stream: { status_every: "1s" },
            poll: { first_retry: "20ms", longest_retry: "200ms" },
          },
        ],
      },
    });
    // Set up in the background, since a transmitter that is away must not keep the gateway from starting.
    await eventually("both streams", () => (idp.streams.size + edr.streams.size === 2 ? true : null));
  });
  afterAll(async () => {
    await gateway?.close();
    await Promise.all([idp?.close(), edr?.close(), upstream?.close(), rm(folder, { recursive: true, force: true })]);
  });

  const call = (sub: string, session?: string) => {
    const token = gateway.token({ sub, role: "refunds", ...(session === undefined ? {} : { session }) }, "/payments");
    const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream" };
    return (): Promise<Response> => fetch(`${gateway.agents}/payments/v1/orders/o-881`, { headers });
  };

  /** An open event stream at the tool server, and when the tool server saw it end. */
  async function openStream(open: () => Promise<Response>): Promise<{ readonly ended: Promise<void> }> {
    const ended = Promise.withResolvers<void>();
    upstream.answerWith((req, res) => {
      res.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
      req.socket.on("close", () => ended.resolve());
    });
    const response = await open();
    expect(response.status).toBe(200);
    void response.text().catch(() => "cut");
    upstream.answerWith((_req, res) => res.setHeader("content-type", "application/json").end("{}"));
    return { ended: ended.promise };
  }

  const signals = async () =>
    (await readLog(gateway.logDir)).lines.flatMap((line) => {
      const record = line as unknown as Record<string, unknown>;
      return record["kind"] === "signal" ? [record] : [];
    });

  it("aborts an open stream at its tool server when its session is revoked, and refuses the session's next call", async () => {
    const [alices, bobs] = [call("refund-bot", "run-1"), call("refund-bot", "run-2")];
    const stream = await openStream(alices);
    const set = await idp.event(
      "session-revoked",
      { format: "opaque", id: "run-1" },
      { reason_admin: { en: "stolen" } },
    );
    expect((await idp.push(set)).status).toBe(202);
    // How long it takes is measured by `npm run verify:access`.
    await stream.ended;
    const refused = await alices();
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: "access_revoked" }]);
    expect((await bobs()).status).toBe(200);
    expect((await signals()).at(-1)).toMatchObject({
      transmitter: "idp",
      way: "push",
      effect: "ended",
      events: ["session-revoked"],
      detail: "the session was revoked: stolen",
    });
  });

  it("ends tokens from before the event alone: who signs in again may call", async () => {
    const before = call("carol-bot");
    expect((await before()).status).toBe(200);
    expect((await idp.push(await idp.event("session-revoked", subjectOf("carol-bot")))).status).toBe(202);
    expect((await before()).status).toBe(403);
    // Tokens say when they were issued in whole seconds.
    const again = await eventually("a token of the next second", async () => {
      const response = await call("carol-bot")();
      return response.status === 200 ? response : null;
    });
    expect(again.status).toBe(200);
    expect((await before()).status).toBe(403);
  });

  it("takes a SET once, however often it is pushed, also after what it led to was lifted", async () => {
    const set = await idp.event("session-revoked", { format: "opaque", id: "run-9" });
    const nine = call("refund-bot", "run-9");
    await idp.push(set);
    expect((await nine()).status).toBe(403);
    const approver = await gateway.approver();
    const { items } = (await approver.get("/api/revocations")) as { items: { id: string; target: string | null }[] };
    const made = items.find(({ target }) => target === "run-9");
    await approver.post(`/api/revocations/${made?.id}/lift`, {});
    expect((await idp.push(set)).status).toBe(202);
    expect((await nine()).status).toBe(200);
  });

  it("keeps a risk that is told", async () => {
    const set = await idp.event("risk-level-change", subjectOf("refund-bot"), {
      principal: "USER",
      current_level: "HIGH",
      previous_level: "LOW",
      risk_reason: "PASSWORD_FOUND_IN_DATA_BREACH",
    });
    expect((await idp.push(set)).status).toBe(202);
    expect((await signals()).at(-1)).toMatchObject({
      effect: "risk",
      targets: [{ kind: "subject", issuer: dev, id: "refund-bot" }],
      detail: "risk is HIGH, was LOW: PASSWORD_FOUND_IN_DATA_BREACH",
    });
  });

  it("answers every mistake in a SET with an error that the transmitter understands, and records it", async () => {
    const revoked = (parts: Parameters<TestTransmitter["event"]>[3], subject: object = subjectOf("x")) =>
      idp.event("session-revoked", subject, {}, parts);
    const second = Math.floor(Date.now() / 1000);
    const mistakes: [string, string, string][] = [
      [await revoked({ header: { typ: "at+jwt" } }), "invalid_request", "signal_malformed"],
      [await revoked({ claims: { aud: "https://other.example" } }), "invalid_audience", "signal_audience"],
      [await revoked({ claims: { iss: edr.issuer } }), "invalid_issuer", "signal_issuer"],
      [await revoked({ header: { kid: "k9" } }), "invalid_key", "signal_key"],
      [await revoked({ claims: { iat: second + 3_600 } }), "invalid_request", "signal_time"],
      [await revoked({}, { ...subjectOf("x"), iss: "https://evil.example" }), "access_denied", "signal_foreign"],
      ["not a token", "invalid_request", "signal_malformed"],
    ];
    for (const [set, err, code] of mistakes) {
      const before = (await signals()).length;
      expect(await idp.push(set)).toMatchObject({ status: 400, body: { err } });
      // A refusal is answered without waiting for its line.
      const recorded = await eventually("its line", async () => (await signals())[before] ?? null);
      expect(recorded).toMatchObject({ effect: "refused", code });
    }
    const unsigned = `${Buffer.from('{"alg":"none","typ":"secevent+jwt"}').toString("base64url")}.e30.`;
    expect((await idp.push(unsigned)).status).toBe(400);
    expect((await idp.push("a".repeat(70_000))).status).toBe(413);
    const to = { url: `${gateway.agents}/signals/idp`, authorization: "Bearer guessed" };
    expect(await idp.push(await revoked({}), to)).toMatchObject({
      status: 401,
      body: { err: "authentication_failed" },
    });
  });

  it("acknowledges an event that it does not know", async () => {
    const set = await idp.set({ claims: { sub_id: subjectOf("x"), events: { "https://example.org/event/new": {} } } });
    expect((await idp.push(set)).status).toBe(202);
    expect((await signals()).at(-1)).toMatchObject({ effect: "ignored", code: null });
  });

  it("fetches what a transmitter keeps for it, loses nothing while that is away, and says so meanwhile", async () => {
    const health = async () =>
      (await (await fetch(`${gateway.console}/readyz`)).json()) as { findings: { problem: string }[] };
    const dora = call("dora-bot");
    expect((await dora()).status).toBe(200);
    await edr.goAway();
    await eventually("a finding", async () =>
      (await health()).findings.some(({ problem }) => problem.startsWith("signals of edr are not fetched since"))
        ? true
        : null,
    );
    const refused = edr.offer(await edr.event("session-revoked", { ...subjectOf("x"), iss: "https://evil.example" }));
    const taken = edr.offer(await edr.event("account-disabled", subjectOf("dora-bot")));
    expect((await dora()).status).toBe(200);
    await edr.comeBack();
    await eventually("both SETs are gone", () => (edr.offered === 0 ? true : null));
    expect([edr.acked, edr.refused[refused]?.err]).toEqual([[taken], "access_denied"]);
    expect((await dora()).status).toBe(403);
    await eventually("no finding", async () => ((await health()).findings.length === 0 ? true : null));
  });

  it("tells a paused stream where people look, until it is enabled", async () => {
    const problems = async () => {
      const { findings } = (await (await fetch(`${gateway.console}/readyz`)).json()) as {
        findings: { problem: string }[];
      };
      return findings.map(({ problem }) => problem);
    };
    const [streamId = ""] = idp.streams.keys();
    idp.status = { status: "paused", reason: "upgrade" };
    expect((await idp.push(await idp.streamEvent("updated", streamId, idp.status))).status).toBe(202);
    expect(await problems()).toContain("the transmitter idp sends no signals, since its stream is paused: upgrade");
    idp.status = { status: "enabled" };
    await eventually("no finding", async () => ((await problems()).length === 0 ? true : null));
  });

  it("has a verification event sent by either way, and waits until it has come", async () => {
    const approver = await gateway.approver();
    expect(await approver.post("/api/signals/idp/verify", {})).toMatchObject({ id: "idp", verified: true });
    expect(await approver.post("/api/signals/edr/verify", {})).toMatchObject({ id: "edr", verified: true });
    expect(await approver.get("/api/signals")).toMatchObject({
      items: [
        { id: "idp", delivery: "push", status: "enabled", heard_at: expect.any(Number), problem: null },
        { id: "edr", delivery: "poll", status: "enabled", verified_at: expect.any(Number), problem: null },
      ],
    });
  });

  it("counts events by what came of them", async () => {
    const metrics = await (await fetch(`${gateway.console}/metrics`)).text();
    expect(metrics).toMatch(/sallyport_signals_total\{transmitter="idp",event="session-revoked",effect="ended"\} \d/);
    expect(metrics).toMatch(/sallyport_signal_fetch_failures_total\{transmitter="edr"\} \d/);
  });
});
