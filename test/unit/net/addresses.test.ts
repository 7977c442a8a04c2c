import type { LookupAddress } from "node:dns";
import type { AddressClass } from "../../../gateway/domain/route.ts";
import { addressClass, assertOrigin, checkedLookup, isLoopback, literalClass } from "../../../gateway/net/addresses.ts";

test.each<[string, AddressClass]>([
  ["93.184.215.14", "public"],
  ["2606:4700::1111", "public"],
  ["10.0.0.1", "private"],
  ["fd00::1", "private"],
  ["127.0.0.2", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["169.254.169.254", "link-local"],
  ["::ffff:169.254.169.254", "link-local"],
  ["0.0.0.0", "unspecified"],
  ["224.0.0.1", "multicast"],
  ["255.255.255.255", "multicast"],
  ["100.64.0.1", "reserved"],
  ["2001:db8::1", "reserved"],
])("puts %s into the class %s", (address, expected) => {
  expect(addressClass(address)).toBe(expected);
});

const refused = expect.objectContaining({ code: "upstream_address_refused" }) as Error;

test("refuses an address in an origin unless its class is allowed", () => {
  for (const origin of ["http://127.0.0.1:8080", "http://[::1]", "http://2130706433"])
    expect(() => assertOrigin(origin, new Set())).toThrow(refused);
  expect(() => assertOrigin("http://127.0.0.1:8080", new Set(["loopback"]))).not.toThrow();
  expect(() => assertOrigin("http://127.0.0.1:8080", new Set(["private"]))).toThrow(refused);
});

test("leaves a name in an origin to the lookup, which refuses what it resolves to", async () => {
  expect(() => assertOrigin("http://localhost", new Set())).not.toThrow();
  const resolve = (allowed: AddressClass[]) =>
    new Promise((done) => {
      checkedLookup(new Set(allowed))("localhost", { all: true }, (error, found) =>
        done(error ?? (found as LookupAddress[]).length > 0),
      );
    });
  expect(await resolve([])).toEqual(refused);
  expect(await resolve(["loopback"])).toBe(true);
});

test("an address in the brackets of a URL has a class, and a name has none before it is resolved", () => {
  expect(["[::1]", "100.64.0.1", "example.org"].map(literalClass)).toEqual(["loopback", "reserved", null]);
});

test("localhost in any case is loopback, and a name that only begins with it is not", () => {
  expect(["LOCALHOST", "[::1]", "localhost.example.org"].map(isLoopback)).toEqual([true, true, false]);
});
