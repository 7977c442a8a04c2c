import { secretFormats } from "../../../../gateway/detect/secrets/formats.ts";
import { findSecrets } from "../../../../gateway/detect/secrets/secrets.ts";
import { parts } from "../found.ts";

function secrets(text: string): string[] {
  return [...new Set(parts(text, findSecrets(text)))];
}

/** A body that the form takes, made at run time so that nobody takes this file for a leak. */
function bodyFor(rest: RegExp): string {
  const hex = "0123456789abcdef".repeat(40);
  const capitals = "QZ7LMN4RVT2WYX3B5KHC".repeat(20);
  const bech32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".repeat(4);
  const mixed = "a8Fk2LmQ9ZtR4vXw7NbY3cDs6GhJ1pKe5UiO".repeat(20);
  const letters = "kQzWnXxVbMzLpRtYcYdHsJfGeUaIoPqWeR";
  const starts = [
    "",
    "AgE",
    "proj-",
    "api03-",
    "1-",
    "auth-k7Kp2LmQ9Z-",
    "1234567890-",
    "1234567890123-1234567890123-",
  ];
  const shapes = [hex, capitals, mixed, letters, bech32].flatMap((source) =>
    starts.flatMap((start) => [...Array(120).keys()].map((length) => start + source.slice(0, length))),
  );
  const parted = [
    `${mixed.slice(0, 22)}_${mixed.slice(0, 59)}`,
    `${mixed.slice(0, 22)}.${mixed.slice(0, 43)}`,
    `${mixed.slice(0, 32)}_${hex.slice(0, 8)}`,
    `${hex.slice(0, 24)}-${hex.slice(0, 34)}`,
    `1-${capitals.slice(0, 11)}-1234567890123-${hex.slice(0, 64)}`,
  ];
  return [...parted, ...shapes].find((body) => rest.exec(body)?.[0] === body) ?? "no body";
}

test.each(secretFormats.map(({ prefix, rest }) => [prefix, rest] as const))(
  "finds secrets that begin with %s",
  (prefix, rest) => {
    const body = bodyFor(rest);
    const expected = prefix.endsWith("=") ? body : prefix + body;
    expect(secrets(`it is ${prefix}${body} now`)).toEqual([expected]);
    expect(secrets(`it is x${prefix}${body} now`).filter((one) => one.startsWith(prefix))).toEqual([]);
  },
);

test.each(["ghp_", "AKIA", "glpat-", "AIza"])("does not take an example for a secret: %s", (prefix) => {
  const { rest } = secretFormats.find((format) => format.prefix === prefix)!;
  const example = ["x", "X"].map((one) => one.repeat(40)).find((body) => rest.test(body)) ?? "x".repeat(36);
  expect(secrets(`${prefix}${example}`)).toEqual([]);
});

test.each([
  ["postgres://app:v9Kq2LmX7t@db.internal:5432/x", "v9Kq2LmX7t"],
  ["redis://:p4Wn2Kx9Vb@cache", "p4Wn2Kx9Vb"],
  ["https://u:s3cr3t-x@example.com", "s3cr3t-x"],
])("finds the password in %s", (text, password) => {
  expect(secrets(text)).toEqual([password]);
});

test.each([
  "postgres://localhost/x",
  "postgres://app@db/x",
  "postgres://app:${PW}@db/x",
  "postgres://user:password@db/x",
  "http://example.com:8080/a@b",
])("finds no password in %s", (text) => {
  expect(secrets(text)).toEqual([]);
});

test("finds the password of HTTP's basic authentication, and not the words", () => {
  const value = Buffer.from("bob:Vq7mK2xLp9").toString("base64");
  expect(secrets(`Authorization: Basic ${value}`)).toEqual([value]);
  expect(secrets("Basic authorization of the ministry")).toEqual([]);
});

test("finds the secret part of a webhook's URL", () => {
  const path = `services/T04QX7LMN/B05RVT2WYZ/${"k8Jh6Gf4Ds2Ap0OiUyTrEwQz"}`;
  expect(secrets(`to https://hooks.slack.com/${path}.`)).toEqual([`https://hooks.slack.com/${path}`]);
});

test("finds the token of a Telegram bot", () => {
  const token = `8194027365:AA${"Hq7Wn2Kx9Vb4Mz6Lp8Rt1Yc5Yd3Hs0Jf7"}`;
  expect(secrets(`bot ${token} ok`)).toEqual([token]);
});
