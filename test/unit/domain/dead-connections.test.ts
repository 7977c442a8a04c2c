import { Duplex } from "node:stream";
import type { Exchange } from "../../../gateway/domain/exchange.ts";
import { DeadConnections } from "../../../gateway/domain/connections.ts";
import { codeOf } from "../../support/parser.ts";

const request = (socket: Duplex, rawTrailers: string[] = []): Exchange =>
  ({ req: { socket, rawTrailers } }) as unknown as Exchange;
let connections: DeadConnections;
beforeEach(() => {
  connections = new DeadConnections();
});
const codeFor = (exchange: Exchange): string => codeOf(() => connections.refuse(exchange));

test("refuses what follows on a connection that was given up, and on no other", () => {
  const [one, other] = [new Duplex(), new Duplex()];
  connections.add(one);
  expect(codeFor(request(one))).toBe("framing_ambiguous");
  expect(codeFor(request(other))).toBe("accepted");
  expect([connections.has(one), connections.has(other)]).toEqual([true, false]);
});

test("refuses a request that begins before anybody could look at the trailers of the one before it", () => {
  const socket = new Duplex();
  expect(codeFor(request(socket, ["X-A", "1"]))).toBe("accepted");
  expect(codeFor(request(socket))).toBe("framing_ambiguous");
  expect(codeFor(request(socket))).toBe("framing_ambiguous");
});
