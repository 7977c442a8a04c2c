import { ReceivedHead, routedReference } from "../../../../gateway/act/forward/answer-head.ts";
import { withheldAnswerHeaders } from "../../../../gateway/domain/upstream-answer.ts";
import { route, toolCall } from "../../../support/builders.ts";

const rawOf = (texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(text, "latin1"));
const headOf = (...raw: string[]): ReceivedHead => new ReceivedHead(200, rawOf(raw));

/** What callers of a route get of these headers. */
function passedOn(raw: readonly string[], answerHeaders: readonly string[] = []): string[] {
  const base = route();
  const to = { ...base, upstream: { ...base.upstream, answerHeaders: new Set(answerHeaders) } };
  return new ReceivedHead(200, rawOf(raw), toolCall({ route: to })).passedOn([]);
}

test("reads a header by its name whatever its case, all its values in one line, byte for byte", () => {
  const head = headOf("X-A", "1", "x-a", "2", "Content-Type", "Text/Event-Stream; charset=utf-8", "X-L", "\u00e9");
  expect([head.header("x-a"), head.header("x-l"), head.header("x-b")]).toEqual(["1, 2", "\u00e9", null]);
  expect([head.type, head.isEventStream]).toEqual(["text/event-stream; charset=utf-8", true]);
  expect([headOf().type, headOf().isEventStream]).toEqual(["", false]);
});

test("passes on what the tool server says, in order and as it spells it, and none of what is not for the caller", () => {
  const head = headOf(
    ...["Date", "now", "X-List", "a", "X-List", "b", "Connection", "close, X-Hop", "x-hop", "1"],
    ...["Transfer-Encoding", "chunked", "Sallyport-Decision", "forged", "ETag", "e"],
  );
  expect(head.passedOn(["Own", "1"], new Set(["etag"]))).toEqual([
    ...["Own", "1", "Date", "now", "X-List", "a", "X-List", "b"],
  ]);
  expect(headOf("Connection", "keep-alive", "A", "1").passedOn([])).toEqual(["A", "1"]);
});

test.each(withheldAnswerHeaders)("withholds %s unless the route names it", (name) => {
  expect(passedOn([name.toUpperCase(), "1", "X-Other", "1"])).toEqual(["X-Other", "1"]);
  expect(passedOn([name, "1", name, "2"], [name])).toEqual([name, "1", name, "2"]);
});

test.each([
  ..."Sallyport-Decision sallyport-outcome X-Sallyport-Anything Sallyport_Decision X_SALLYPORT_A".split(" "),
  ..."Access-Control-Allow-Origin Access-Control-Expose-Headers Timing-Allow-Origin".split(" "),
])("withholds %s even where a route names it", (name) => {
  expect(passedOn([name, "1"], [name.toLowerCase()])).toEqual([]);
});

test("passes on links, which say nothing that a body could not say", () => {
  expect(passedOn(["Link", "</v1/orders?page=2>; rel=next"])).toEqual(["Link", "</v1/orders?page=2>; rel=next"]);
});

test.each([
  ["public, max-age=60, s-maxage=600", "private, max-age=60"],
  ["Public", "private"],
  ["no-store", "private, no-store"],
  ["private, must-revalidate", "private, must-revalidate"],
  ["", "private"],
])("lets no cache that callers share keep an answer of which the tool server says %j", (sent, shown) => {
  expect(passedOn(["Cache-Control", sent])).toEqual(["Cache-Control", shown]);
});

test("says no length in a 204, which has no body", () => {
  const shown = (status: number) => new ReceivedHead(status, rawOf(["Content-Length", "2", "A", "1"])).passedOn([]);
  expect([shown(204), shown(200)]).toEqual([
    ["A", "1"],
    ["Content-Length", "2", "A", "1"],
  ]);
});

test("rewrites references to the tool server into the route, and withholds one that is given twice", () => {
  expect(passedOn(["Location", "/v1/refunds/r-1", "Content-Location", "r-2"])).toEqual([
    ...["Location", "/payments/v1/refunds/r-1", "Content-Location", "/payments/v1/r-2"],
  ]);
  expect(passedOn(["Location", "/a", "location", "/a"])).toEqual([]);
});

test("refuses an answer in a coding below chunked, and one that says it is larger than allowed", () => {
  const codeOf = (raw: readonly string[], status = 200, method = "POST"): string | null => {
    const call = toolCall();
    try {
      new ReceivedHead(status, rawOf(raw), { ...call, request: { ...call.request, method } }).assertReadable(100);
      return null;
    } catch (refusal) {
      return (refusal as { code: string }).code;
    }
  };
  expect(codeOf(["Transfer-Encoding", "Chunked"])).toBeNull();
  for (const coding of ["gzip, chunked", "chunked, chunked", "gzip", "identity", ",chunked"])
    expect(codeOf(["Transfer-Encoding", coding])).toBe("upstream_answer_refused");
  expect(codeOf(["Transfer-Encoding", "gzip", "Transfer-Encoding", "chunked"])).toBe("upstream_answer_refused");
  expect([codeOf(["Content-Length", "100"]), codeOf(["Content-Length", "101"])]).toEqual([null, "upstream_too_large"]);
  expect([codeOf(["Content-Length", "101"], 304), codeOf(["Content-Length", "101"], 200, "HEAD")]).toEqual([
    null,
    null,
  ]);
});

function referenceOf(value: string, prefix: string, upstreamPrefix: string): string | null {
  const base = route();
  const upstream = { ...base.upstream, origin: "https://tools.example" };
  const { request } = toolCall();
  const to = { ...base, prefix, upstreamPrefix, upstream };
  return routedReference(value, { route: to, request: { ...request, target: `${upstreamPrefix}/v1/refunds?dry=1` } });
}

test.each([
  ["https://tools.example/api/v1/r-1?a=b#c", "/pay", "/api", "/pay/v1/r-1?a=b#c"],
  ["HTTPS://TOOLS.EXAMPLE:443/api", "/pay", "/api", "/pay"],
  ["https://somebody@tools.example/api/x", "/pay", "/api", "/pay/x"],
  ["//tools.example/api/x", "/pay", "/api", "/pay/x"],
  ["/api/", "/pay", "/api", "/pay/"],
  ["r-1", "/pay", "/api", "/pay/v1/r-1"],
  ["?page=2", "/pay", "/api", "/pay/v1/refunds?page=2"],
  ["/x", "/", "/", "/x"],
  ["/x", "/pay", "/", "/pay/x"],
  ["/api/x", "/", "/api", "/x"],
  ["/approvals/a_1", "/pay", "/", "/pay/approvals/a_1"],
])("rewrites %s on a route %s → %s to %s", (value, prefix, upstreamPrefix, expected) => {
  expect(referenceOf(value, prefix, upstreamPrefix)).toBe(expected);
});

test.each([
  ["another origin", "https://elsewhere.example/api/x", "/pay", "/api"],
  ["another scheme", "http://tools.example/api/x", "/pay", "/api"],
  ["another port", "https://tools.example:8443/api/x", "/pay", "/api"],
  ["another host without a scheme", "//elsewhere.example/api/x", "/pay", "/api"],
  ["another host by backslashes", "\\\\elsewhere.example/api/x", "/pay", "/api"],
  ["no address", "https://", "/pay", "/api"],
  ["a script", "javascript:alert(1)", "/pay", "/api"],
  ["a folder beside the route's", "/apix/y", "/pay", "/api"],
  ["a way out of the route's folder", "/api/../admin", "/pay", "/api"],
  ["the same in escapes", "/api/%2e%2e/admin", "/pay", "/api"],
  ["a path that would name a host", "https://tools.example//elsewhere.example/x", "/", "/"],
  ["the same below a prefix", "/api//elsewhere.example", "/", "/api"],
  ["an approval of the gateway", "/approvals/a_1", "/", "/"],
  ["an approval of the gateway, below a prefix", "/api/approvals/a_1", "/", "/api"],
  ["the gateway's metadata", "/.well-known/oauth-protected-resource", "/", "/"],
])("withholds %s", (_what, value, prefix, upstreamPrefix) => {
  expect(referenceOf(value, prefix, upstreamPrefix)).toBeNull();
});
