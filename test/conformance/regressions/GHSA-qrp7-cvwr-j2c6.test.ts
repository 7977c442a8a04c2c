/**
 * A web server split paths at slashes only, while the file system behind it also split at backslashes, raw or as `%5c`: a
 * rule for `/private/*` never saw `/private%5csecret`. Here: a backslash has no place in a path in any spelling.
 */
import { route } from "../../support/builders.ts";
import { type Parser, startParser } from "../../support/parser.ts";

let parser: Parser;
beforeAll(async () => {
  parser = await startParser([route({ prefix: "/", upstreamPrefix: "/" })]);
});
afterAll(() => parser.close());

test.each([
  "/private%5csecret",
  "/private%5Csecret",
  "/private\\secret",
  "/x/..%5c..%5cprivate",
  "/%5c%5chost/share",
  "/private%255csecret",
])("refuses %s", async (target) => {
  expect((await parser.ask({ target })).refusal?.code).toBe("path_ambiguous");
});
