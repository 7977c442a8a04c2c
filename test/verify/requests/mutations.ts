import type { Random } from "../check.ts";
import { makePath } from "../paths/make-path.ts";
import type { Message } from "./message.ts";

type Mutation = (message: Message, random: Random, smuggled: string) => void;

const codings =
  'chunked Chunked CHUNKED ,chunked chunked, chunked,chunked gzip,chunked identity chunked;q=1 "chunked" xchunked chunked\u000b \u000bchunked chunked\u0000 \tchunked cow'.split(
    " ",
  );
const lengths = [
  "0",
  "00",
  "+5",
  "-1",
  "5, 5",
  "5,6",
  "0x5",
  "5 ",
  " 5",
  "5\t",
  "٥",
  "1e1",
  "",
  "99999999999999999999",
  "4294967296",
  "5;",
  "5_0",
  "1 0",
];
const chunkSizes = [
  "0x5",
  "+5",
  "-1",
  " 5",
  "5 ",
  "5;a=b",
  '5;a="\r\n"',
  "00000000000000005",
  "FFFFFFFFFFFFFFFFF",
  "5\n",
  "",
  "g",
  "5\t",
  "5;\n",
  "1_0",
  "5\r",
];
const odd = [
  "Foo : bar",
  " Host: x",
  "\tfolded",
  "Foo\u0000: bar",
  "Foo: b\u0000r",
  "Foo: b\rar",
  ": empty",
  "no-colon",
  "Foo:\u00e9",
  "F\u00f6: x",
  "Transfer\u2010Encoding: chunked",
  "Foo: a\n b",
  "Foo: a\r\n b",
];
const upgrades = [
  "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
  "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13",
  "Upgrade: TLS/1.0",
  "Connection: upgrade",
];
const connections = [
  "close",
  "keep-alive",
  "Authorization",
  "Host, close",
  "Content-Length",
  "Transfer-Encoding",
  "Sallyport-Decision",
  "Content-Type",
  "close, close",
  "",
];
const expectations = ["100-continue", "100-Continue", "200-ok", "y 100-continue", "100-continue, 100-continue", ""];

const add = (message: Message, line: string): void => void message.headers.push(line);
const insert = (text: string, random: Random, piece: string): string => {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + piece + text.slice(at + random.below(2));
};

/** One way each of saying two things at once, or of saying nothing clearly. */
export const mutations: Readonly<Record<string, Mutation>> = {
  "another method": (m, r) =>
    (m.method = r.pick(
      "HEAD DELETE PUT PATCH OPTIONS TRACE CONNECT PROPFIND get QUERY PRI G\u0000T GET\t POST, M-SEARCH".split(" "),
    )),
  "a hostile path": (m, r) => (m.target = (r.chance(0.5) ? "/payments" : "") + makePath(r)),
  "an absolute target": (m, r) =>
    (m.target =
      r.pick(["http://evil.example", "http://127.0.0.1:1", `http://${m.headers[0]?.slice(6)}`, "HTTP://x@y", "//x"]) +
      m.target),
  "a spoiled target": (m, r) =>
    (m.target = insert(
      m.target,
      r,
      r.pick(["\u0000", "\t", "%00", "\\", " ", "#", "?", "%2f", "//", "/../", ";", "\u00e9", "\n"]),
    )),
  "a hostile query": (m, r) =>
    (m.target += r.pick([
      "?a=1&a=2",
      "?a=1;b=2",
      "?%61=1&a=2",
      "?a[]=1&a=2",
      "?__proto__=1",
      "?=",
      "?a=%zz",
      "?a=1#b",
      "?a=%00",
      "?A=1&a=2",
    ])),
  "another version": (m, r) =>
    (m.version = r.pick([
      "HTTP/1.0",
      "HTTP/0.9",
      "HTTP/1.2",
      "HTTP/2.0",
      "http/1.1",
      "HTTP/1.1 ",
      "HTTP/1.10",
      "HTTP/01.1",
      "HTTP/1,1",
      "",
      "FTP/1.1",
    ])),
  "bare line feeds": (m) => (m.eol = "\n"),
  "bare carriage returns": (m) => (m.eol = "\r"),
  "a second host": (m, r) => add(m, r.pick(["Host: evil.example", "host: 127.0.0.1", "Host:", "HOST: a, b"])),
  "no host": (m) => void m.headers.shift(),
  "a second length": (m, r) => add(m, `Content-Length: ${r.below(80)}`),
  "an odd length": (m, r) =>
    add(m, `${r.pick(["Content-Length", "content-length", "Content_Length", "Content-Length "])}: ${r.pick(lengths)}`),
  "a length in place of ours": (m, r) =>
    (m.headers = m.headers.map((line) =>
      /^content-length/i.test(line) ? `Content-Length: ${r.pick([...lengths, String(r.below(200))])}` : line,
    )),
  "a coding beside": (m, r) =>
    add(
      m,
      `${r.pick(["Transfer-Encoding", "transfer-encoding", "Transfer_Encoding", "Transfer-Encoding\t", "TE"])}:${r.pick([" ", "", "\t", "\r\n "])}${r.pick(codings)}`,
    ),
  "a coding in place of ours": (m, r) =>
    (m.headers = m.headers.map((line) =>
      /^transfer-encoding/i.test(line) ? `Transfer-Encoding: ${r.pick(codings)}` : line,
    )),
  "a spoiled chunk size": (m, r) => (m.body = m.body.replace(/^[0-9a-f]+(?=\r\n)/, r.pick(chunkSizes))),
  "a spoiled chunk end": (m, r) =>
    (m.body = m.body.replace("\r\n", r.pick(["\n", "\r", "\r\r\n", "XX", "\u0000\r\n", "\n\r"]))),
  trailers: (m, r) =>
    (m.body = m.body.replace(
      /0\r\n\r\n$/,
      `0\r\n${r.pick(["X: y", "Content-Length: 4", "Host: evil", "Authorization: Bearer x", "bad trailer"])}\r\n\r\n`,
    )),
  "a declared trailer": (m) => add(m, "Trailer: Content-Length"),
  "a request in the body": (m, _r, smuggled) => (m.body += smuggled),
  "a request behind the last chunk": (m, _r, smuggled) =>
    (m.body = m.body.replace(/0\r\n\r\n$/, `0\r\n${smuggled}\r\n`)),
  "a request within a header": (m, _r, smuggled) => add(m, `X: a\r\n\r\n${smuggled}`),
  "a body that falls short": (m, r) => (m.body = m.body.slice(0, r.below(m.body.length + 1))),
  "an odd header": (m, r) => add(m, r.pick(odd)),
  "an upgrade": (m, r) => add(m, r.pick(upgrades)),
  "a connection list": (m, r) => add(m, `Connection: ${r.pick(connections)}`),
  "an expectation": (m, r) => add(m, `Expect: ${r.pick(expectations)}`),
  "a second authorization": (m, r) => add(m, `Authorization: ${r.pick(["Bearer x", "Basic eDp5", "bearer", ""])}`),
  "an odd authorization": (m, r) =>
    (m.headers[1] = r.pick([
      "Authorization: Bearer",
      "Authorization: bearer x.y.z",
      "Authorization:Bearer  a b",
      "authorization: Bearer\tx",
    ])),
  "another type": (m, r) =>
    (m.headers = m.headers.map((line) =>
      /^content-type/i.test(line)
        ? `Content-Type: ${r.pick(["text/plain", "application/json;charset=utf-7", "application/json, text/plain", "application/json;", "multipart/form-data; boundary=x", "application/JSON", "application/xml"])}`
        : line,
    )),
  "a second type": (m) => add(m, "Content-Type: text/plain"),
  "an encoded body": (m, r) => add(m, `Content-Encoding: ${r.pick(["gzip", "identity", "br", ""])}`),
  "a spoofed header": (m, r) =>
    add(
      m,
      r.pick([
        "Sallyport-Decision: d_0",
        "sallyport_decision: d_0",
        "X-Forwarded-For: 1.1.1.1",
        "X-Original-URL: /admin",
        "X-HTTP-Method-Override: DELETE",
        "__proto__: 1",
      ]),
    ),
  "very many headers": (m, r) =>
    m.headers.push(...Array.from({ length: r.pick([90, 150, 2_500]) }, (_, index) => `a${index % 7}:`)),
  "a huge header": (m, r) => add(m, `Big: ${"x".repeat(r.pick([8_000, 17_000, 40_000]))}`),
  "a spoiled byte": (m, r) =>
    (m.headers[r.below(m.headers.length)] = insert(
      m.headers[r.below(m.headers.length)] ?? "",
      r,
      String.fromCharCode(r.below(256)),
    )),
  "a body that is spoiled JSON": (m, r) =>
    (m.body = insert(m.body, r, r.pick(['"', "\\", "{", '"n":1,', "\u0000", "9007199254740993", "\u00ff"]))),
  "a blank line before": (m, r) => (m.method = `${r.pick(["\r\n", "\n", "\r\n\r\n", " ", "\u0000"])}${m.method}`),
};

export const mutationNames = Object.keys(mutations);
