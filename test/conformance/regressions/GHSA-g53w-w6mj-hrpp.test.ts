/**
 * A gateway trusted an internal header, guarded by a shared key with a built-in default, to skip authorisation and to name the
 * upstream's authority. Here: no request header can choose the upstream or say who calls, and none of the gateway's own names,
 * nor a look-alike with underscores, travels on from a caller.
 */
import { route } from "../../support/builders.ts";
import { type Parser, startParser } from "../../support/parser.ts";

let parser: Parser;
beforeAll(async () => {
  parser = await startParser([route({ upstreamPrefix: "/" })]);
});
afterAll(() => parser.close());

const internal = [
  "Sallyport-Subject: admin",
  "Sallyport-Decision: allow",
  "Sallyport-Authority: evil.example",
  "sallyport_subject: admin",
  "X-Sallyport-Subject: admin",
  "X-Envoy-Original-Dst-Host: evil.example",
  "X-Agent-Id: admin",
  "X-Auth-Request-User: admin",
  "X-Forwarded-Host: evil.example",
  "X-Host: evil.example",
];

test.each(internal)("reads nothing from %s and passes it to nobody", async (header) => {
  const { call } = await parser.ask({ target: "/payments/v1", headers: [header] });
  expect(call?.request).toMatchObject({ origin: route().upstream.origin, host: "gateway.example", headers: [] });
});
