import { forwardedHeaders } from "../../../gateway/parse/forwarded-headers.ts";
import { headerReader } from "../../../gateway/parse/headers.ts";
import { asRefusal } from "../../../gateway/domain/errors.ts";
import { route } from "../../support/builders.ts";

const readHeaders = headerReader();

function forwarded(raw: readonly string[], named: readonly string[] = []) {
  const { upstream } = route();
  return forwardedHeaders(readHeaders(["Host", "a", ...raw]), {
    upstream: { ...upstream, requestHeaders: new Set(named) },
  });
}

function refusal(raw: readonly string[], named: readonly string[] = []): string {
  try {
    return JSON.stringify(forwarded(raw, named).all);
  } catch (thrown) {
    const { code, hint } = asRefusal(thrown);
    return `${code}: ${hint}`;
  }
}

test.each(
  (
    "X-Amz-Target SOAPAction X-Action X-Verb X-Operation X-RPC-Operation X-Amz-Copy-Source X-Command Api-Version " +
    "X-GitHub-Api-Version Accept-Version X-Ms-Version Anthropic-Version X-Version"
  ).split(" "),
)("refuses %s where the route does not name it, and says so", (name) => {
  const lower = name.toLowerCase();
  expect(refusal([name, "DeleteTable"])).toBe(
    `header_refused: ${lower} says what is executed, and this route does not name it in upstream.request_headers`,
  );
  expect(forwarded([name, "DeleteTable"], [lower])).toEqual({
    all: [[lower, "DeleteTable"]],
    named: [[lower, "DeleteTable"]],
  });
});

test.each("Stripe-Account X-Tenant-Id X-Org-Id X-Account-Id X-Customer-Id OpenAI-Organization".split(" "))(
  "refuses %s where the route does not name it: the call would run in another account than its caller named",
  (name) => {
    const lower = name.toLowerCase();
    expect(refusal([name, "acme"])).toBe(
      `header_refused: ${lower} says in which account or tenant it is executed, and this route does not name it in upstream.request_headers`,
    );
    const named = [[lower, "acme"]];
    expect(forwarded([name, "acme"], [lower])).toEqual({ all: named, named });
    expect(refusal([name, "acme", lower, "other"], [lower])).toBe(`header_refused: ${lower} is given twice`);
  },
);

test.each("X-Forwarded-Org X-User X-Remote-User X-Auth-Tenant X-Account-Email".split(" "))(
  "drops %s, whatever the route names",
  (name) => {
    expect(forwarded([name, "acme"], [name.toLowerCase()])).toEqual({ all: [], named: [] });
  },
);

test("drops the version of a client's library, which says nothing about the call", () => {
  expect(forwarded(["X-Stainless-Package-Version", "4.2", "X-Note", "1"]).all).toEqual([["x-note", "1"]]);
});

test("shows a header that is forwarded anyway once the route names it, sorted by name", () => {
  const { all, named } = forwarded(["X-Zone", "eu", "X-Dry-Run", "1", "X-Note", "n"], ["x-dry-run", "x-zone"]);
  expect(all).toHaveLength(3);
  expect(named).toEqual([
    ["x-dry-run", "1"],
    ["x-zone", "eu"],
  ]);
});

test("refuses a named header that is given twice: two values are two readings", () => {
  expect(refusal(["X-Action", "read", "x-action", "delete"], ["x-action"])).toBe(
    "header_refused: x-action is given twice",
  );
});

test("drops a named header that the Connection header lists, from what is judged and from what is sent", () => {
  expect(forwarded(["Connection", "x-action", "X-Action", "delete"], ["x-action"])).toEqual({ all: [], named: [] });
});

test.each([
  "application/json",
  "*/*",
  "text/html, application/xhtml+xml;q=0.9, */*; q=0.8",
  "application/json; charset=utf-8",
  "application/vnd.github+json",
  'application/ld+json; profile="https://x.example/v1"',
  "application/x-7z-compressed, audio/G726-16, image/svg+xml",
  "",
])("forwards an Accept that names no version as it is: %s", (accept) => {
  expect(forwarded(["Accept", accept]).all).toEqual([["accept", accept]]);
});

test.each([
  ["text/html, application/signed-exchange;v=b3;q=0.7, */*;q=0.8", "text/html, */*;q=0.8"],
  ["application/vnd.x.v2+json, application/json", "application/json"],
  ["application/json;version=2, application/json", "application/json"],
  ['application/json; a="x, y;version=3", text/csv; API-Version="2024-01-01"', 'application/json; a="x, y;version=3"'],
])("leaves out of an Accept the ranges with a version as long as another is left: %s", (accept, left) => {
  expect(forwarded(["Accept", accept]).all).toEqual([["accept", left]]);
});

test.each([
  "application/vnd.x.v2+json",
  "application/vnd.github.v3.raw+json",
  "application/vnd.x-2.1+json",
  "application/vnd.x.2024-01-01+json",
  "application/json;version=2",
  "application/json; v=1",
  'application/json; X-Version="1"',
])("refuses an Accept that names nothing without a version: %s", (accept) => {
  const said =
    "header_refused: accept names a version, and this route does not name accept in upstream.request_headers";
  expect(refusal(["Accept", accept])).toBe(said);
  expect(forwarded(["Accept", accept], ["accept"]).named).toEqual([["accept", accept]]);
});

test("leaves out a whole line of Accept when another line is left", () => {
  expect(forwarded(["Accept", "application/vnd.x.v2+json", "Accept", "application/json"]).all).toEqual([
    ["accept", "application/json"],
  ]);
});

test("reads a hostile Accept in time that grows with its length alone", () => {
  const parts = ["application/vnd" + ".a".repeat(7_000), `a/b;${" ".repeat(14_000)}x`, `a/b;p="${'\\"'.repeat(7_000)}`];
  for (const accept of parts) expect(forwarded(["Accept", accept]).all).toEqual([["accept", accept]]);
});
