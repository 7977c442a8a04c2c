import fc from "fast-check";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import { canonicalPath, pathOf } from "../../../../gateway/parse/target/path.ts";
import { codeOf } from "../../../support/parser.ts";

const ambiguous = [
  ["an encoded slash, upper case", "/a%2Fb"],
  ["an encoded slash, lower case", "/a%2fb"],
  ["an encoded backslash", "/a%5cb"],
  ["a raw backslash", "/a\\b"],
  ["a dot segment", "/a/./b"],
  ["a parent segment", "/a/../b"],
  ["a parent segment at the end", "/a/.."],
  ["an escaped parent segment", "/a/%2e%2e/b"],
  ["a half escaped parent segment", "/a/.%2E/b"],
  ["an escaped NUL", "/a%00"],
  ["an escaped line break", "/a%0d%0ab"],
  ["an escaped C1 control", "/a%c2%85"],
  ["a leading double slash", "//admin/x"],
  ["an inner double slash", "/a//b"],
  ["path parameters", "/a;x=1/b"],
  ["escaped path parameters", "/a%3Bx=1/b"],
  ["a double escape", "/a%252fb"],
  ["a double escape hidden in escaped digits", "/a%25%32%66b"],
  ["raw letters beyond ASCII", "/caf\u00e9"],
  ["bytes that are not UTF-8", "/a%c0%af"],
  ["an incomplete escape", "/a%4"],
  ["an escape that is not hex", "/a%zz"],
  ["a raw space", "/a b"],
  ["a fullwidth slash", "/a%EF%BC%8Fb"],
  ["one-dot leaders that fold to a parent segment", "/%E2%80%A4%E2%80%A4/b"],
  ["a fragment", "/a#b"],
  ["no leading slash", "a/b"],
  ["an asterisk", "*"],
] as const;

test.each(ambiguous)("refuses a path with %s", (_what, path) => {
  expect(codeOf(() => canonicalPath(path))).toBe("path_ambiguous");
});

test("spells needless escapes plainly, so that one path has one spelling", () => {
  expect(canonicalPath("/%7Euser/%41%2db").path).toBe("/~user/A-b");
});

test("sends a plus sign escaped, since some upstreams read it as a space", () => {
  expect(canonicalPath("/a+b")).toEqual({ path: "/a%2Bb", segments: ["a+b"] });
});

test("keeps a trailing slash visible as an empty last segment", () => {
  expect(canonicalPath("/a/")).toEqual({ path: "/a/", segments: ["a", ""] });
  expect(canonicalPath("/").segments).toEqual([]);
});

test("keeps what is plain as it is, without another spelling", () => {
  const path = "/v1/orders/881:refund@x,y=(z)!*'$&";
  expect(canonicalPath(path).path).toBe(path);
});

/** Six ways in which an upstream may get from a request path to what it serves. */
const upstreams: readonly ((path: string) => string)[] = [
  (path) => path.split("/").map(decodeURIComponent).join("/"),
  (path) => new URL(path, "http://upstream.example").pathname.split("/").map(decodeURIComponent).join("/"),
  (path) => dotsRemoved(decodeURIComponent(path)),
  (path) => dotsRemoved(decodeURIComponent(path)).replace(/\/+/g, "/"),
  (path) =>
    path
      .split("/")
      .map((part) => decodeURIComponent(part.split(";")[0] ?? "").split(";")[0])
      .join("/"),
  (path) => twice(path),
];

function twice(path: string): string {
  const once = decodeURIComponent(path);
  try {
    return decodeURIComponent(once);
  } catch {
    return once;
  }
}

function dotsRemoved(path: string): string {
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") kept.pop();
    else if (part !== ".") kept.push(part);
  }
  return kept.join("/");
}

test("gives six kinds of upstream the same path as policy, or refuses", () => {
  const piece = fc.constantFrom(
    ..."/ // . .. %2e %2E %2f %5c \\ ; %3b %25 %252e %00 a B é %c3%a9 %41 ~ + %2B ? # %23 %3f : @ *".split(" "),
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const canonical = read(`/${pieces.join("")}`);
      if (canonical === null) return;
      accepted++;
      const judged = `/${canonical.segments.join("/")}`;
      for (const upstream of upstreams) expect(upstream(canonical.path)).toBe(judged);
      expect(pathOf(canonical.segments)).toBe(canonical.path);
      expect(canonicalPath(canonical.path)).toEqual(canonical);
    }),
    { numRuns: 3_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

function read(path: string): ReturnType<typeof canonicalPath> | null {
  try {
    return canonicalPath(path);
  } catch (thrown) {
    if (thrown instanceof Refusal) return null;
    throw thrown;
  }
}
