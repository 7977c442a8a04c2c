import { SentTokens } from "../../../../gateway/identify/token/sent-tokens.ts";
import type { Subject } from "../../../../gateway/domain/subject.ts";
import {
  handClock,
  identifier,
  keyServer,
  mint,
  outcome,
  route,
  type SigningKey,
  signingKey,
  trustedIssuer,
} from "../fixtures.ts";

const iss = "https://idp.example";
const clock = handClock();
const introspection = {
  endpoint: `${iss}/introspect`,
  clientId: "gw",
  secretReference: "env:X",
  cacheMs: 0,
  timeoutMs: 1,
  recheckMs: 30_000,
  unansweredMs: 300_000,
};
let key: SigningKey;
let server: Awaited<ReturnType<typeof keyServer>>;
beforeAll(async () => {
  key = await signingKey("ES256", "k1");
  server = await keyServer([key.publicJwk]);
});
afterAll(() => server.close());

async function identified(
  recheckMs: number,
): Promise<{ readonly kept: object | null; readonly subject: Subject; readonly token: string }> {
  const sentTokens = new SentTokens();
  const issuer = trustedIssuer(iss, server.url, { introspection: { ...introspection, recheckMs } });
  const token = await mint(key, iss, clock, { claims: { jti: "t1" } });
  const subject = (await outcome(identifier([issuer], clock, { sentTokens }), token, route([iss]))) as Subject;
  return { kept: subject.token === null ? null : sentTokens.of(subject.token), subject, token };
}

test("keeps the text of a token whose issuer is asked again, by the token that its subject names", async () => {
  const { kept, subject, token } = await identified(30_000);
  expect(kept).toEqual({ text: token, trust: iss });
  expect(subject.token).toEqual({ digest: expect.stringMatching(/^[\w-]{43}$/), jti: "t1", issuedAt: clock.now() });
});

test("keeps no text of a token whose issuer is not asked again", async () => {
  expect((await identified(0)).kept).toBeNull();
});
