import { findEmails } from "../../../gateway/detect/email.ts";
import { parts } from "./found.ts";

test.each([
  ["write to bob@example.com.", "bob@example.com"],
  ["<bob.b+x@mail.example.co.uk>", "bob.b+x@mail.example.co.uk"],
  ["'bob@example.com'", "bob@example.com"],
  ["mail=bob@example.com&x=1", "bob@example.com"],
  ["o'brien@example.ie", "o'brien@example.ie"],
  ["mailto:bob@example.com?subject=x", "bob@example.com"],
  ["bob%40example.com", "bob%40example.com"],
  ["bob [at] example [dot] com", "bob [at] example [dot] com"],
  ["bob(at)example.com", "bob(at)example.com"],
  ["jörg@müller.example", "jörg@müller.example"],
  ["bob@xn--bcher-kva.example", "bob@xn--bcher-kva.example"],
])("finds the address in %j", (text, address) => {
  expect(parts(text, findEmails(text))).toEqual([address]);
});

test.each([
  "bob@localhost",
  "bob@example",
  "icon@2x.png",
  "package@1.2.3",
  "@Override.class @media.screen",
  "follow @bob@social.example",
  "https://bob@example.com/",
  "postgres://bob:x@example.com/db",
  "git@example.com:repo/app.git",
  "Message-ID: <1.2@mail.example.com>",
  "a..b@example.com",
  "@@@@ @ a@",
])("finds no address in %j", (text) => {
  expect(findEmails(text)).toEqual([]);
});
