/**
 * A server read the Authorization header leniently (other white space, several values, text behind the token), so that it
 * took another token for the caller's than the proxies and filters before it. Here: exactly one header with exactly one
 * scheme, one space and one token; everything else is refused, and no other place of a request is looked at for a token.
 */
import { asRefusal } from "../../../gateway/domain/errors.ts";
import {
  handClock,
  identifier,
  keyServer,
  mint,
  request,
  route,
  signingKey,
  type SigningKey,
  trustedIssuer,
} from "../../unit/identify/fixtures.ts";

const iss = "https://idp.example";
const clock = handClock();
let key: SigningKey;
let server: Awaited<ReturnType<typeof keyServer>>;
let token: string;

beforeAll(async () => {
  key = await signingKey("ES256", "k");
  server = await keyServer([key.publicJwk]);
  token = await mint(key, iss, clock);
});
afterAll(() => server.close());

async function codeOf(req: ReturnType<typeof request>): Promise<string> {
  const identify = identifier([trustedIssuer(iss, server.url)], clock);
  return Promise.try(() => identify({ req }, { route: route([iss]) })).then(
    () => "accepted",
    (thrown: unknown) => asRefusal(thrown).code,
  );
}

test.each<[string, (good: string) => string, string]>([
  ["as it must be", (good) => `Bearer ${good}`, "accepted"],
  ["with the scheme in other letters", (good) => `bEARER ${good}`, "accepted"],
  ["with two spaces", (good) => `Bearer  ${good}`, "credential_malformed"],
  ["with a tab", (good) => `Bearer\t${good}`, "credential_malformed"],
  ["with a space before", (good) => ` Bearer ${good}`, "credential_malformed"],
  ["with a space behind", (good) => `Bearer ${good} `, "credential_malformed"],
  ["with a vertical tab", (good) => `Bearer\u000b${good}`, "credential_malformed"],
  ["with a no-break space", (good) => `Bearer\u00a0${good}`, "credential_malformed"],
  ["without a space", (good) => `Bearer${good}`, "credential_malformed"],
  ["with a comma and another scheme", (good) => `Basic eDp5, Bearer ${good}`, "credential_malformed"],
  ["twice in one value", (good) => `Bearer ${good}, Bearer ${good}`, "credential_malformed"],
  ["followed by words", (good) => `Bearer ${good} trailing`, "credential_malformed"],
  ["followed by a comma", (good) => `Bearer ${good},`, "credential_malformed"],
  ["in quotes", (good) => `Bearer "${good}"`, "credential_malformed"],
  ["as a parameter", (good) => `Bearer token=${good}`, "credential_malformed"],
  ["with the scheme twice", (good) => `Bearer Bearer ${good}`, "credential_malformed"],
  ["with a colon", (good) => `Bearer: ${good}`, "credential_malformed"],
  ["alone", (good) => good, "credential_malformed"],
  ["with a scheme that begins alike", (good) => `BearerX ${good}`, "credential_scheme"],
  ["with padding behind", (good) => `Bearer ${good}=`, "token_invalid"],
  ["empty", () => "Bearer ", "credential_malformed"],
])("judges a token sent %s", async (_, header, code) => {
  expect(await codeOf(request(header(token)))).toBe(code);
});

test.each([
  ["Authorization", "authorization"],
  ["Authorization", "AUTHORIZATION"],
  ["aUthorization", "Authorization"],
])("refuses two headers, %s and %s, whichever is the good one", async (one, other) => {
  for (const [first, second] of [
    [`Bearer ${token}`, "Bearer x"],
    ["Bearer x", `Bearer ${token}`],
    [`Bearer ${token}`, `Bearer ${token}`],
  ] as const) {
    expect(await codeOf(request(`Bearer ${token}`, [one, first, other, second]))).toBe("credential_malformed");
  }
});

test("finds no token in the query, in a cookie or in another header", async () => {
  const raw = ["Cookie", `access_token=${token}`, "X-Access-Token", token, "Proxy-Authorization", `Bearer ${token}`];
  const req = Object.assign(request(null, raw), { url: `/payments?access_token=${token}` });
  expect(await codeOf(req)).toBe("credential_missing");
});
