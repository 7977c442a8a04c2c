import { defaultAudience, publicUrlOf } from "../../../gateway/config/audiences.ts";

test("takes the named address, else what is bound, and none for any free port", () => {
  expect(publicUrlOf({ host: "127.0.0.1", port: 0, public_url: "https://gw.example" })).toBe("https://gw.example");
  expect(publicUrlOf({ host: "::1", port: 8700, tls: {} })).toBe("https://[::1]:8700");
  expect(publicUrlOf({ host: "127.0.0.1", port: 0 })).toBeNull();
});

test("makes audiences without a slash at the end", () => {
  expect(defaultAudience("https://gw.example", "/")).toBe("https://gw.example");
  expect(defaultAudience("https://gw.example", "/pay")).toBe("https://gw.example/pay");
});
