/**
 * A process of its own that opens slow connections: some say nothing, some send a head or a body in drops, some ask and do not
 * read. Prints `open` when all are there; ends when its parent closes standard input.
 * `node flooder.ts PORT COUNT TOKEN`
 */
import { connect, type Socket } from "node:net";

const [port = "0", count = "0", token = ""] = process.argv.slice(2);
const DROP_EVERY_MS = 1_000;

const head = `POST /payments/v1/echo HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n`;
const beginnings: readonly string[] = [
  "",
  "GET /payments/v1/ord",
  `${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
  `${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`,
];

const sockets = new Set<Socket>();
let made = 0;

/** Whoever is cut off comes back at once, as an attacker would. */
function open(): void {
  const beginning = beginnings[made++ % beginnings.length] ?? "";
  const socket = connect(Number(port), "127.0.0.1", () => beginning !== "" && socket.write(beginning));
  sockets.add(socket);
  socket.resume();
  socket.on("error", () => undefined);
  socket.on("close", () => {
    sockets.delete(socket);
    setTimeout(open, 200);
  });
}

// Spread over seconds, so that they are also cut off one after the other: bursts would measure the burst.
const opening = setInterval(() => {
  for (let index = 0; index < 10 && sockets.size < Number(count); index++) open();
  if (sockets.size < Number(count)) return;
  clearInterval(opening);
  process.stdout.write("open\n");
}, 20);
setInterval(() => {
  for (const socket of sockets) if (socket.writable && !socket.connecting) socket.write("x");
}, DROP_EVERY_MS);
process.stdin.resume().on("end", () => process.exit());
