import { hash } from "node:crypto";
import { eventually } from "../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const path = "/v1/orders/o-881";

describe("answers that take their time", () => {
  let upstream: RecordingUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await recordingUpstream();
    const { upstream: to } = paymentsRoute(upstream.origin);
    const limited = (body_timeout: string) => ({
      upstream: { ...(to as object), max_response: "64KiB", body_timeout },
    });
    gateway = await startGateway({
      routes: [
        paymentsRoute(upstream.origin, limited("2m")),
        paymentsRoute(upstream.origin, { id: "impatient", prefix: "/impatient", ...limited("1s") }),
      ],
    });
  });
  afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

  const get = (signal?: AbortSignal, accept = "*/*", prefix = "/payments") => {
    const token = gateway.token({ sub: "refund-bot", role: "refunds" }, prefix);
    return fetch(gateway.agents + prefix + path, {
      headers: { authorization: `Bearer ${token}`, accept },
      ...(signal === undefined ? {} : { signal }),
    });
  };

  const outcomeOf = async (response: Response): Promise<object> => {
    const approver = await gateway.approver();
    const path = `/api/decisions/${response.headers.get("sallyport-decision")}`;
    return eventually("the outcome is in the log", async () => {
      const found = (await approver.get(path).catch(() => null)) as { readonly outcome: object | null } | null;
      return found?.outcome ?? null;
    });
  };

  it("passes each server-sent event on before the next one exists", async () => {
    const events = [1, 2, 3, 4, 5].map((number) => `id: ${number}\ndata: tick ${number}\n\n`);
    let sendNext: () => void = () => undefined;
    upstream.answerWith((_req, res) => {
      const left = [...events];
      res.writeHead(200, { "content-type": "text/event-stream" });
      sendNext = () => void (left.length > 0 ? res.write(left.shift() ?? "") : res.end());
      sendNext();
    });
    const response = await get();
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += new TextDecoder().decode(chunk);
      // Whoever buffers an event never gets another one.
      if (text.endsWith("\n\n")) sendNext();
    }
    expect(text).toBe(events.join(""));
    // Nobody has read it: the record has its length, and says that it has no digest.
    const outcome = await outcomeOf(response);
    expect(outcome).toMatchObject({ response_digest_omitted: "event_stream", response_bytes: text.length });
    expect(outcome).not.toHaveProperty("response_digest");
  });

  it("records the digest of an answer that is whole", async () => {
    upstream.answerWith((_req, res) => res.setHeader("content-type", "text/plain").end("paid"));
    const response = await get();
    expect(await response.text()).toBe("paid");
    const outcome = await outcomeOf(response);
    expect(outcome).toMatchObject({ response_digest: `sha256:${hash("sha256", "paid")}`, response_bytes: 4 });
  });

  it("does not cut an event stream that is long, or silent for long when the client asked for events", async () => {
    let finish: () => void = () => undefined;
    upstream.answerWith((_req, res) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.write(`data: ${"x".repeat(100_000)}\n\n`);
      finish = () => res.end("data: last\n\n");
    });
    const stream = await get(undefined, "text/event-stream", "/impatient");
    // An answer of another type that falls silent later than the stream is given up, the stream is not. Nothing of it has reached the
    // caller: it is held back until its values can be remembered.
    upstream.answerWith((_req, res) => void res.writeHead(200, { "content-type": "text/plain" }).write("x"));
    const other = get(undefined, "*/*", "/impatient");
    expect((await other).status).toBe(504);
    finish();
    expect(await stream.text()).toHaveLength(100_000 + "data: \n\ndata: last\n\n".length);
  });

  it("cuts any other answer that is larger than the route allows", async () => {
    upstream.answerWith((_req, res) => res.setHeader("content-type", "text/plain").end("x".repeat(100_000)));
    await expect(
      get().then((response) => (response.ok ? response.text() : Promise.reject(new Error("refused")))),
    ).rejects.toThrow();
  });

  it("aborts the upstream request when the client leaves in the middle of the answer", async () => {
    let left = false;
    upstream.answerWith((_req, res) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      // Never ends by itself.
      const timer = setInterval(() => res.write("data: still here\n\n"), 50);
      res.on("close", () => {
        clearInterval(timer);
        left = true;
      });
    });
    const leaving = new AbortController();
    const response = await get(leaving.signal);
    const reader = response.body?.getReader();
    await reader?.read();
    leaving.abort();
    await eventually("the upstream noticed", () => (left ? true : null));
  });

  it("aborts the upstream request when the client leaves before the answer began", async () => {
    let left = false;
    let asked = false;
    upstream.answerWith((_req, res) => {
      asked = true;
      res.on("close", () => (left = true));
    });
    const leaving = new AbortController();
    const waiting = get(leaving.signal).catch((error: Error) => error);
    await eventually("the upstream was asked", () => (asked ? true : null));
    leaving.abort();
    expect(await waiting).toHaveProperty("name", "AbortError");
    await eventually("the upstream noticed", () => (left ? true : null));
  });

  it("does not read ahead of a slow client without end", async () => {
    const chunk = Buffer.alloc(64 * 1024, "x");
    const whole = 64 * 1024 * 1024;
    const sent: number[] = [];
    upstream.answerWith((_req, res) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      const at = sent.push(0) - 1;
      const push = () => {
        while (sent[at]! < whole) {
          sent[at]! += chunk.length;
          if (!res.write(chunk)) return void res.once("drain", push);
        }
        res.end();
      };
      push();
    });
    const leaving = new AbortController();
    const response = await get(leaving.signal, "text/event-stream");
    expect(response.status).toBe(200);
    // Another caller has read the whole of it meanwhile.
    expect((await (await get(undefined, "text/event-stream")).arrayBuffer()).byteLength).toBe(whole);
    // Kernel buffers take some megabytes; without back-pressure all 64 would be gone.
    expect(sent[0]).toBeLessThan(48 * 1024 * 1024);
    leaving.abort();
  });
});
