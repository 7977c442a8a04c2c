import { readSpiffeId, trustDomainPattern } from "../../../gateway/domain/subject.ts";

test.each(["example.org", "a", "10.0.0.1", "prod_1.cluster-2.local", "x".repeat(255)])(
  "reads the trust domain %s",
  (domain) => {
    expect(trustDomainPattern.test(domain)).toBe(true);
    expect(readSpiffeId(`spiffe://${domain}/bot`)).toEqual({ id: `spiffe://${domain}/bot`, trustDomain: domain });
  },
);

test.each([
  "",
  ".",
  "..",
  "...",
  ".org",
  "org.",
  "a..b",
  "Example.org",
  "a:8",
  "u@a",
  "a%2e",
  "ä.org",
  "x".repeat(256),
])("refuses the trust domain %j", (domain) => {
  expect(trustDomainPattern.test(domain)).toBe(false);
  expect(readSpiffeId(`spiffe://${domain}/bot`)).toBeNull();
});

test.each([
  ...["spiffe://example.org", "spiffe://example.org/", "spiffe://example.org/a/", "spiffe://example.org//a"],
  ...["spiffe://example.org/.", "spiffe://example.org/../a", "spiffe://example.org/a/.", "spiffe://example.org/a%2fb"],
  ...["spiffe://example.org/a?b", "spiffe://example.org/a#b", "SPIFFE://example.org/a", "spiffe:/example.org/a"],
  ...["spiffe://example.org/a\n", " spiffe://example.org/a", `spiffe://example.org/${"a".repeat(2048)}`],
])("refuses the SPIFFE ID %j", (id) => {
  expect(readSpiffeId(id)).toBeNull();
});

test.each([null, undefined, 1, ["spiffe://example.org/a"], {}])("refuses %j, which is no text", (id) => {
  expect(readSpiffeId(id)).toBeNull();
});
