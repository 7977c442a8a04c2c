import { resolveAuthorization } from "../../../gateway/config/resolve-authorization.ts";
import { resolveIssuer } from "../../../gateway/config/resolve-issuers.ts";
import { resolveSignals } from "../../../gateway/config/resolve-signals.ts";
import { configSchema } from "../../../gateway/config/schema.ts";

const corp = "https://login.example";
const partner = "https://partner.example";
const publicUrl = "https://gw.example";
const day = 86_400_000;
const sign_in = { issuer: corp, client_id: "gw", client_secret: "env:X" };
const assertions = [{ issuer: partner, jwks: { url: `${partner}/jwks` } }];

/** For whom a transmitter may speak, by issuer. */
function spokenFor(transmitter: object, authorization: object | null = { sign_in, assertions, roles: { a: ["b"] } }) {
  const values = configSchema.parse({
    version: 1,
    listeners: { agents: { public_url: publicUrl } },
    issuers: [{ id: "corp", issuer: corp, jwks: { url: `${corp}/jwks` } }],
    ...(authorization === null ? {} : { authorization }),
    signals: [{ id: "idp", issuer: "https://edr.example", delivery: "poll", stream: {}, ...transmitter }],
  } satisfies Record<string, unknown>);
  const context = {
    folder: "/",
    publicUrl,
    issuers: new Map(),
    session: { header: "s", meta: "m" },
    authorizes: null,
  };
  const issuers = values.issuers.map((one) => resolveIssuer(one, "/", "/data"));
  const givers = { issuers, authorization: resolveAuthorization(values, context) };
  const [{ about } = { about: [] }] = resolveSignals(values, givers, context).transmitters;
  return Object.fromEntries(about.map(({ issuer, ...one }) => [issuer, { ...one, people: [...one.people] }]));
}

const other = { maxLifetimeMs: expect.any(Number) as number, people: [], namesSessions: true };
const own = { maxLifetimeMs: 30 * day, namesSessions: false };

test("a transmitter that may speak for the gateway speaks for all who get its tokens, as long as new ones are given", () => {
  const people = [
    [corp, ""],
    [partner, `${partner}#`],
  ];
  expect(spokenFor({ about: ["gateway"] })).toEqual({ [publicUrl]: { ...own, people } });
  expect(spokenFor({ about: ["gateway"] }, {})).toEqual({ [publicUrl]: { ...own, people: [] } });
});

test("one that may speak for the provider where people sign in speaks for its people here, and for nobody else's", () => {
  const both = { [corp]: other, [publicUrl]: { ...own, people: [[corp, ""]] } };
  expect(spokenFor({ about: ["corp"] })).toEqual(both);
  expect(spokenFor({ issuer: corp })).toEqual({ ...both, [publicUrl]: { ...own, people: expect.anything() as never } });
});

test("one of another issuer speaks for nobody who signs in here", () => {
  expect(spokenFor({ about: ["corp"] }, { sign_in: { ...sign_in, issuer: partner }, roles: {} })).toEqual({
    [corp]: other,
  });
  expect(spokenFor({ issuer: corp }, null)).toEqual({ [corp]: other });
});
