import * as client from "openid-client";
import { oauthFailure } from "../../../../gateway/credentials/oauth/failure.ts";

const thrown = (code: string) =>
  new client.ClientError("x", { cause: Object.assign(new Error("with the words of the server"), { code }) });

test("says of an answer that the library refuses that it is not valid, and not that the server is away", () => {
  const { kind, message } = oauthFailure("https://idp.example", thrown("OAUTH_INVALID_RESPONSE"));
  expect([kind, message]).toEqual(["misconfigured", expect.stringMatching(/is not valid/)]);
});

test("says of a connection that fails that the server is away", () => {
  const { kind, message } = oauthFailure("https://idp.example", thrown("ECONNREFUSED"));
  expect([kind, message]).toEqual(["unreachable", expect.stringContaining("ECONNREFUSED")]);
});
