import { freePort } from "../../demo/gate/config-file.ts";
import { eventually } from "../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { keyServer, mint, signingKey, type SigningKey } from "../unit/identify/fixtures.ts";

const iss = "https://idp.example";
const refreshMs = 10_000;
const clock = { now: () => Date.now(), monotonic: () => performance.now(), advance: () => undefined };

/** Key rotation as issuers do it, while callers with fresh tokens never stop calling. */
describe("key rotation under load", () => {
  let keys: SigningKey[];
  let server: Awaited<ReturnType<typeof keyServer>>;
  let upstream: RecordingUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    keys = await Promise.all(["k0", "k1", "k2"].map((kid) => signingKey("ES256", kid)));
    [server, upstream] = await Promise.all([keyServer([keys[0]?.publicJwk ?? {}]), recordingUpstream()]);
    const jwks = { url: server.url, refresh: `${refreshMs}ms`, cooldown: "1s" };
    const audience = `http://127.0.0.1:${await freePort()}/payments`;
    gateway = await startGateway({
      routes: [paymentsRoute(upstream.origin, { issuers: ["idp"], audience })],
      config: { issuers: [{ id: "idp", issuer: iss, jwks }] },
    });
    call = async (key) => {
      const claims = { aud: audience, roles: ["refunds"], jti: String((count += 1)) };
      const headers = { authorization: `Bearer ${await mint(key, iss, clock, { claims })}` };
      const answer = await fetch(`${gateway.agents}/payments/v1/orders/o-881`, { headers });
      return answer.ok ? "accepted" : ((await answer.json()) as { code: string }).code;
    };
  });
  afterAll(() => Promise.all([gateway?.close(), upstream?.close(), server?.close()]));

  let count = 0;
  let call: (key: SigningKey) => Promise<string>;

  it("refuses no valid token, and a removed key within the time that a set is used", async () => {
    const [k0, k1, k2] = keys as [SigningKey, SigningKey, SigningKey];
    const answers = new Map<string, number>();
    const accepted = () => answers.get("accepted") ?? 0;
    let signer = k0;
    let stop = false;
    async function load(): Promise<void> {
      while (!stop) {
        const answer = await call(signer);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
      }
    }
    const callers = Array.from({ length: 6 }, load);
    for (const [old, fresh] of [
      [k0, k1],
      [k1, k2],
    ] as const) {
      server.state.keys = [old.publicJwk, fresh.publicJwk];
      // An issuer publishes a key for some time before it signs with it.
      await eventually("the new key is known", async () => ((await call(fresh)) === "accepted" ? true : null));
      signer = fresh;
      const before = accepted();
      await eventually("callers have used it", () => (accepted() > before + 100 ? true : null));
      server.state.keys = [fresh.publicJwk];
      const removedAt = server.state.asked;
      let lastAccepted = removedAt;
      await eventually(
        "the removed key is refused",
        async () => {
          const sentAt = server.state.asked;
          const answer = await call(old);
          if (answer === "accepted") lastAccepted = sentAt;
          return answer === "token_key_unknown" ? true : null;
        },
        60_000,
      );
      // The key counts until the set is asked for the next time and has arrived.
      expect(lastAccepted - removedAt).toBeLessThanOrEqual(1);
    }
    stop = true;
    await Promise.all(callers);
    expect([...answers.keys()]).toEqual(["accepted"]);
    expect(accepted()).toBeGreaterThan(200);
    // Once for each set in use and a few for keys not seen before; not once for each call.
    expect(server.state.asked).toBeLessThan(20);
  }, 180_000);
});
