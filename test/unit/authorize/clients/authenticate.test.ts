import { authenticateClient } from "../../../../gateway/authorize/clients/authenticate.ts";
import type { OAuthRequest } from "../../../../gateway/authorize/deps.ts";
import { authorizationServer, type TestServer } from "../../../support/oauth/authorization-server.ts";

let server: TestServer;
beforeAll(async () => (server = await authorizationServer()));
afterAll(() => server.close());

function who(form: Record<string, string>, authorization?: string): Promise<string> {
  const header = (name: string): string | null => (name === "authorization" ? (authorization ?? null) : null);
  const asked = { parameters: new Map(Object.entries(form)), request: { header } } as unknown as OAuthRequest;
  return authenticateClient(asked, server.deps);
}

const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString("base64")}`;

test("takes a public client by its id, and one with a secret by that, in either way", async () => {
  expect(await who({ client_id: "desk" })).toBe("desk");
  expect(await who({ client_id: "hosted", client_secret: "the secret" })).toBe("hosted");
  expect(await who({}, basic("hosted", "the secret"))).toBe("hosted");
  expect(await who({ client_id: "https://app.example/client.json" })).toBe("https://app.example/client.json");
});

test.each<[string, Record<string, string>, string | undefined, string]>([
  ["nobody", {}, undefined, "client_id is missing"],
  ["a client that is not known", { client_id: "c_nobody" }, undefined, "register it anew"],
  ["a secret that is wrong", { client_id: "hosted", client_secret: "another" }, undefined, "missing or wrong"],
  ["no secret", { client_id: "hosted" }, undefined, "missing or wrong"],
  ["a secret that was never given", { client_id: "desk", client_secret: "x" }, undefined, "has no secret here"],
  ["a secret in two ways", { client_secret: "x" }, basic("hosted", "the secret"), "in two ways"],
  ["two clients", { client_id: "desk" }, basic("hosted", "the secret"), "two clients"],
  ["a bearer token", {}, "Bearer abc", "none of a client"],
  ["what is no pair", {}, `Basic ${Buffer.from("hosted").toString("base64")}`, "none of a client"],
  ["a broken escape", {}, `Basic ${Buffer.from("%zz:x").toString("base64")}`, "none of a client"],
])("refuses %s", async (_what, form, authorization, told) => {
  await expect(who(form, authorization)).rejects.toThrow(told);
});
