import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  checkChannelSecrets,
  checkDigestKey,
  checkReferences,
  checkSecrets,
  checkSigningSecrets,
} from "../../../../gateway/config/checks/secrets.ts";
import { found, issuer, type Values } from "./found.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-secrets-"));
  writeFileSync(join(folder, "short"), "s3cret\n");
  writeFileSync(join(folder, "long"), "a".repeat(32));
  writeFileSync(join(folder, "whsec"), `whsec_${Buffer.alloc(32, "s").toString("base64")}\n`);
  writeFileSync(join(folder, "workflow"), "https://teams.example/workflow\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A configuration in which every secret stands that there can be, each written as `secret`. */
function everywhere(secret: string): Values {
  const login = { kind: "oidc", client_secret: secret };
  const oauth = { issuer: "https://idp.example", client_id: "g", client_secret: secret };
  const introspection = { endpoint: "https://idp.example/i", client_id: "g", client_secret: secret };
  return {
    listeners: { agents: { port: 8700 }, console: { port: 8701, login } },
    credentials: {
      crm: { header: "authorization", value: secret },
      mail: { provider: "client_credentials", issuer: "https://idp.example", client_id: "g", client_secret: secret },
      chat: { provider: "id_jag", identity_provider: oauth, authorization_server: oauth },
    },
    issuers: [issuer({ kind: "introspection", jwks: undefined, introspection })],
    authzen: { issuers: ["idp"], callbacks: { allow: ["https://pep.example"], secret } },
    sessions: { digest_key: secret },
    channels: {
      webhooks: { hook: { url: "https://hooks.example", secrets: ["file:whsec", secret] } },
      slack: { slack: { channel: "C0123456789", token: secret } },
      email: { mail: { from: "a@b.example", to: ["c@d.example"], smtp: { host: "m", user: "u", password: secret } } },
      teams: { teams: { url: secret } },
      pagerduty: { pager: { routing_key: secret } },
    },
    signals: [
      {
        id: "idp",
        issuer: "https://idp.example",
        delivery: "push",
        authorization: secret,
        api: {
          authorization: secret,
          client: { token_endpoint: "https://idp.example/t", client_id: "g", client_secret: secret },
        },
      },
    ],
    policy: { source: "rego", signing: { keys: { release: { secret, algorithm: "HS256" } } } },
  };
}

const places = [
  "listeners.console.login.client_secret",
  "credentials.crm.value",
  "credentials.mail.client_secret",
  "credentials.chat.identity_provider.client_secret",
  "credentials.chat.authorization_server.client_secret",
  "issuers.0.introspection.client_secret",
  "authzen.callbacks.secret",
  "sessions.digest_key",
  "channels.webhooks.hook.secrets.1",
  "channels.slack.slack.token",
  "channels.email.mail.smtp.password",
  "channels.teams.teams.url",
  "channels.pagerduty.pager.routing_key",
  "signals.0.authorization",
  "signals.0.api.authorization",
  "signals.0.api.client.client_secret",
  "policy.signing.keys.release.secret",
];

test("refuses a secret in every place where one could be written down, and does not repeat it", () => {
  const message = "a secret must not stand here; keep it elsewhere and refer to it as env:NAME or file:PATH";
  expect(found(checkReferences, everywhere("hunter2"), folder)).toEqual(
    places.map((place) => `${place} (value): ${message}`),
  );
  expect(found(checkReferences, everywhere("file:short"), folder)).toEqual([]);
});

test("reads every secret that is referred to, and names what is missing", () => {
  expect(found(checkSecrets, everywhere("file:short"), folder)).toEqual([]);
  expect(found(checkSecrets, everywhere("env:SALLYPORT_TEST_NOT_SET"), folder)).toEqual(
    places.map((place) => `${place} (value): environment variable SALLYPORT_TEST_NOT_SET is not set`),
  );
  // What is no reference is told by the other check.
  expect(found(checkSecrets, everywhere("hunter2"), folder)).toEqual([]);
});

test("refuses secrets of webhooks and workflows that can be read and will not do", () => {
  expect(found(checkChannelSecrets, everywhere("file:short"), folder)).toEqual([
    "channels.webhooks.hook.secrets.1 (value): the secret there is not whsec_ and base64 of 24 to 64 random bytes",
    "channels.teams.teams.url (value): the secret there is not the https URL of a workflow",
  ]);
  expect(found(checkChannelSecrets, everywhere("file:workflow"), folder)).toEqual([
    expect.stringContaining("channels.webhooks.hook.secrets.1"),
  ]);
  expect(found(checkChannelSecrets, everywhere("file:gone"), folder)).toEqual([]);
});

test("refuses a key of digests that is short enough to be tried out", () => {
  expect(found(checkDigestKey, everywhere("file:short"), folder)).toEqual([
    "sessions.digest_key (value): the secret there is not of at least 32 characters",
  ]);
  expect(found(checkDigestKey, everywhere("file:long"), folder)).toEqual([]);
});

test("refuses a secret that is too short for the algorithm of a signature", () => {
  expect(found(checkSigningSecrets, everywhere("file:short"), folder)).toEqual([
    expect.stringMatching(/^policy\.signing\.keys\.release\.secret \(value\): /),
  ]);
  expect(found(checkSigningSecrets, everywhere("file:long"), folder)).toEqual([]);
});
