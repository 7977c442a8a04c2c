import { Duplex } from "node:stream";
import type { Exchange } from "../../../gateway/domain/exchange.ts";
import { isDeadSocket, poisonSocket, refuseDeadSocket } from "../../../gateway/parse/dead-sockets.ts";
import { codeOf } from "../../support/parser.ts";

const request = (socket: Duplex, rawTrailers: string[] = []): Exchange =>
  ({ req: { socket, rawTrailers } }) as unknown as Exchange;
const codeFor = (exchange: Exchange): string => codeOf(() => refuseDeadSocket(exchange));

test("refuses what follows on a connection that was given up, and on no other", () => {
  const [one, other] = [new Duplex(), new Duplex()];
  poisonSocket(one);
  expect(codeFor(request(one))).toBe("framing_ambiguous");
  expect(codeFor(request(other))).toBe("accepted");
  expect([isDeadSocket(one), isDeadSocket(other)]).toEqual([true, false]);
});

test("refuses a request that begins before anybody could look at the trailers of the one before it", () => {
  const socket = new Duplex();
  expect(codeFor(request(socket, ["X-A", "1"]))).toBe("accepted");
  expect(codeFor(request(socket))).toBe("framing_ambiguous");
  expect(codeFor(request(socket))).toBe("framing_ambiguous");
});
