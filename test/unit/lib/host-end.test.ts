import { endsAsHost } from "../../../gateway/lib/host-end.ts";

test.each(["a.example", "a.example.", "localhost", "my_host", "10.0.0.8", "[::1]", "a;b.evil.example"])(
  "%s can be a host",
  (host) => {
    expect(endsAsHost(host)).toBe(true);
  },
);

test.each(["", "a.example)", "a.example;https", 'a.example"', "a.example..."])("%j ends as no host does", (host) => {
  expect(endsAsHost(host)).toBe(false);
});
