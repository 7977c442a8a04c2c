/**
 * A proxy matched routes and access rules on the path as sent, while upstreams normalised it: `/a/../admin`, `/a/%2e%2e/admin`
 * and `//admin` passed rules for `/a` and were served as `/admin`. Here: what is sent is already in the form that
 * normalising leaves alone.
 */
import { route } from "../../support/builders.ts";
import { type Parser, startParser } from "../../support/parser.ts";

let parser: Parser;
beforeAll(async () => {
  parser = await startParser([route({ prefix: "/", upstreamPrefix: "/" })]);
});
afterAll(() => parser.close());

test.each(["/a/../admin", "/a/./b", "//admin", "/a//b", "/a/%2E%2E/admin", "/a/..;/admin"])(
  "refuses %s",
  async (target) => {
    expect((await parser.ask({ target })).refusal?.code).toBe("path_ambiguous");
  },
);

test.each(["/a/b", "/%61/b%20c", "/a+b/c", "/v1/x:y@z/", "/%e4%b8%96"])(
  "sends %s in a form that a normalising upstream leaves alone",
  async (target) => {
    const { call } = await parser.ask({ target });
    const path = call?.request.path ?? "";
    expect(new URL(path, "http://upstream.example").pathname).toBe(path);
  },
);
