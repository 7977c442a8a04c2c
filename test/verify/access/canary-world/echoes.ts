import { gzipSync } from "node:zlib";

/** How a tool server sends back the credential that it was given: bytes written on the socket, one after the other. */
export type Echo = (secret: string) => readonly (string | Buffer)[];

const head = (status: string, ...lines: string[]): string =>
  `HTTP/1.1 ${status}\r\n${[...lines, "Connection: close"].join("\r\n")}\r\n\r\n`;
const json = "Content-Type: application/json";
const sized = (status: string, body: string | Buffer, ...lines: string[]): (string | Buffer)[] => [
  head(status, ...lines, `Content-Length: ${Buffer.byteLength(body)}`),
  body,
];
const chunk = (text: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n`), Buffer.from(text), Buffer.from("\r\n")]);
const chunked = (texts: readonly (string | Buffer)[], ...lines: string[]): (string | Buffer)[] => [
  head("200 OK", ...lines, "Transfer-Encoding: chunked"),
  ...texts.map(chunk),
  "0\r\n\r\n",
];
const answer = (text: string): string => JSON.stringify({ text });
const each = (text: string, write: (byte: number) => string): string => [...Buffer.from(text)].map(write).join("");
const hex = (byte: number): string => byte.toString(16).padStart(2, "0");

/** Over plain HTTP. */
export const httpEchoes: Readonly<Record<string, Echo>> = {
  header: (secret) => sized("200 OK", "{}", json, `X-Debug: ${secret}`, `X-${secret.replace(/[^\w-]/g, "")}: 1`),
  headers: (secret) =>
    sized("200 OK", "{}", json, `ETag: "${secret}"`, `Link: </?k=${secret}>; rel=next`, `Warning: 199 - "${secret}"`),
  cookie: (secret) =>
    sized("200 OK", "{}", json, `Set-Cookie: k=${secret}`, `WWW-Authenticate: Bearer error="${secret}"`),
  reason: (secret) => sized(`200 ${secret}`, "{}", json),
  redirect: (secret) => sized("302 Found", "", `Location: /v1/orders/next?access_token=${secret}#${secret}`),
  redirected: (secret) => sized("307 Temporary Redirect", "", `Location: /v1/orders/${encodeURIComponent(secret)}`),
  body: (secret) => sized("200 OK", `{ "authorization": "Bearer ${secret}" }`, json),
  error: (secret) => sized("500 Internal Server Error", `no access with ${secret}`, "Content-Type: text/plain"),
  denied: (secret) => sized("401 Unauthorized", answer(`unknown token ${secret}`), json),
  unicode: (secret) => sized("200 OK", `{"text":"${each(secret, (byte) => `\\u00${hex(byte)}`)}"}`, json),
  percent: (secret) => sized("200 OK", answer(each(secret, (byte) => `%${hex(byte)}`)), json),
  mixed: (secret) =>
    sized(
      "200 OK",
      `{"text":"\\u00${hex(secret.charCodeAt(0))}${secret.slice(1, -1)}%${hex(secret.charCodeAt(secret.length - 1))}"}`,
      json,
    ),
  html: (secret) => sized("200 OK", `<p>${each(secret, (byte) => `&#x${hex(byte)};`)}</p>`, "Content-Type: text/html"),
  basic: (secret) => sized("200 OK", answer(Buffer.from(`gateway:${secret}`).toString("base64")), json),
  base64: (secret) =>
    sized(
      "200 OK",
      answer([0, 1, 2].map((at) => Buffer.from(`${"x".repeat(at)}${secret}yz`).toString("base64url")).join(" ")),
      json,
    ),
  hex: (secret) => sized("200 OK", answer(Buffer.from(secret).toString("hex")), json),
  large: (secret) => sized("200 OK", answer(`${"a".repeat(70_000)}${secret}${"b".repeat(70_000)}`), json),
  bytes: (secret) => chunked([...`{"text":"${secret}"}`], json),
  halves: (secret) => chunked([`{"text":"${"c".repeat(9_000)}${secret.slice(0, 7)}`, `${secret.slice(7)}"}`], json),
  events: (secret) =>
    chunked(
      [`data: ${secret}\n\n`, `event: x\ndata: {"k":"${secret.slice(0, 5)}`, `${secret.slice(5)}"}\n\n`],
      "Content-Type: text/event-stream",
    ),
  gzip: (secret) => sized("200 OK", gzipSync(answer(secret)), json, "Content-Encoding: gzip"),
  part: (secret) =>
    sized("206 Partial Content", secret.slice(0, 12), "Content-Type: text/plain", "Content-Range: bytes 0-11/99"),
  early: (secret) => [`HTTP/1.1 103 Early Hints\r\nLink: </${secret}>\r\n\r\n`, ...sized("200 OK", "{}", json)],
  trailer: (secret) => [
    head("200 OK", json, "Transfer-Encoding: chunked", "Trailer: X-End"),
    chunk("{}"),
    `0\r\nX-End: ${secret}\r\n\r\n`,
  ],
  cut: (secret) => [head("200 OK", json, "Content-Length: 5000"), `{"text":"${secret}`],
  garbled: (secret) => [`HTTP/1.1 200 OK\r\nX-\u0001Debug: ${secret}\r\n\r\n`],
  coded: (secret) => [head("200 OK", `Transfer-Encoding: ${secret}`), secret],
  lengths: (secret) => sized("200 OK", "{}", `Content-Length: ${secret}`, json),
  nonsense: (secret) => [`${secret} ${secret}\r\n\r\n`],
};

const result = (text: string): string =>
  `{"jsonrpc":"2.0","id":8,"result":{"content":[{"type":"text","text":"${text}"}],"structuredContent":{"k":"${text}"}}}`;
const notification = (text: string): string =>
  `data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"${text}"}}\n\n`;

/** From an MCP server. */
export const mcpEchoes: Readonly<Record<string, Echo>> = {
  result: (secret) => sized("200 OK", result(secret), json),
  escaped: (secret) => sized("200 OK", result(each(secret, (byte) => `\\u00${hex(byte)}`)), json),
  failed: (secret) =>
    sized("200 OK", `{"jsonrpc":"2.0","id":8,"error":{"code":-32000,"message":"${secret}","data":"${secret}"}}`, json),
  refused: (secret) => sized("403 Forbidden", `{"error":"${secret}"}`, json),
  broken: (secret) => sized("200 OK", `${secret} is no JSON`, json),
  brokenerror: (secret) => sized("400 Bad Request", `{"a": ${secret}`, json),
  stream: (secret) => chunked([notification(secret), `data: ${result(secret)}\n\n`], "Content-Type: text/event-stream"),
  pieces: (secret) =>
    chunked([...`${notification(secret)}data: ${result(secret)}\n\n`], "Content-Type: text/event-stream"),
  session: (secret) => sized("200 OK", result("x"), json, `Mcp-Session-Id: ${secret}`),
  type: (secret) => sized("200 OK", "x", `Content-Type: text/${secret.replace(/\W/g, "")}`),
};
