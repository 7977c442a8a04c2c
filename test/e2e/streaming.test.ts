import { eventually, pause } from "../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const everyMs = 200;
const path = "/payments/v1/orders/o-881";

describe("answers that take their time", () => {
  let upstream: RecordingUpstream;
  let gateway: TestGateway;
  let token: string;

  beforeAll(async () => {
    upstream = await recordingUpstream();
    gateway = await startGateway({ routes: [paymentsRoute(upstream.origin)] });
    token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
  }, 60_000);
  afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

  const get = (signal?: AbortSignal) =>
    fetch(gateway.agents + path, {
      headers: { authorization: `Bearer ${token}` },
      ...(signal === undefined ? {} : { signal }),
    });

  it("passes server-sent events on one by one, as they come", async () => {
    upstream.answerWith((_req, res) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      void ticking((event) => res.write(`id: ${event}\ndata: tick ${event}\n\n`)).then(() => res.end());
    });
    const arrived: { readonly at: number; readonly text: string }[] = [];
    const response = await get();
    for await (const chunk of response.body ?? [])
      arrived.push({ at: performance.now(), text: new TextDecoder().decode(chunk) });
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(arrived.map(({ text }) => text).join("")).toBe(
      [1, 2, 3, 4, 5].map((n) => `id: ${n}\ndata: tick ${n}\n\n`).join(""),
    );
    const gaps = arrived.slice(1).map(({ at }, index) => at - (arrived[index]?.at ?? 0));
    expect(gaps).toHaveLength(4);
    for (const gap of gaps) expect(gap).toBeGreaterThan(everyMs / 2);
  });

  it("aborts the upstream request when the client leaves in the middle of the answer", async () => {
    let left: number | null = null;
    upstream.answerWith((_req, res) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      const timer = setInterval(() => res.write("data: still here\n\n"), 50);
      res.on("close", () => {
        clearInterval(timer);
        left = performance.now();
      });
    });
    const leaving = new AbortController();
    const response = await get(leaving.signal);
    const reader = response.body?.getReader();
    await reader?.read();
    const leftAt = performance.now();
    leaving.abort();
    await eventually("the upstream noticed", () => left, 3000);
    expect((left ?? Infinity) - leftAt).toBeLessThan(1000);
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
    await eventually("the upstream noticed", () => (left ? true : null), 3000);
  });

  it("does not read ahead of a slow client without end", async () => {
    const chunk = Buffer.alloc(64 * 1024, "x");
    let sent = 0;
    upstream.answerWith((_req, res) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      const push = () => {
        while (sent < 64 * 1024 * 1024) {
          sent += chunk.length;
          if (!res.write(chunk)) return void res.once("drain", push);
        }
        res.end();
      };
      push();
    });
    const leaving = new AbortController();
    const response = await get(leaving.signal);
    expect(response.status).toBe(200);
    await pause(1000);
    const soFar = sent;
    await pause(500);
    // Kernel buffers take some megabytes; without back-pressure all 64 would be gone.
    expect(sent).toBe(soFar);
    expect(sent).toBeLessThan(48 * 1024 * 1024);
    leaving.abort();
  });
});

/** Five times, with a pause after each. */
async function ticking(tick: (event: number) => void): Promise<void> {
  for (let event = 1; event <= 5; event += 1) {
    tick(event);
    await pause(everyMs);
  }
}
