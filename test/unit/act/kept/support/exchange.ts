import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Exchange } from "../../../../../gateway/domain/exchange.ts";

/** An exchange whose answer is kept to be looked at. */
export function exchangeOf(protocol: "http" | "mcp") {
  const req = new IncomingMessage(new Socket());
  req.method = "POST";
  const res = new ServerResponse(req);
  const said = { status: 0, headers: [] as string[], body: "" };
  res.writeHead = (status: number, ...rest: unknown[]) => {
    const headers = rest.at(-1);
    said.status = status;
    said.headers = Array.isArray(headers)
      ? (headers as string[])
      : Object.entries(headers as object)
          .flat()
          .map(String);
    return res;
  };
  res.end = ((chunk?: unknown) => {
    said.body += chunk === undefined ? "" : String(chunk);
    return res;
  }) as never;
  const context = {
    decisionId: "d_2",
    route: { protocol },
    rpc: protocol === "http" ? null : { id: 9, method: "tools/call", modern: false },
  };
  return { said, exchange: { req, res, context, eventStreamOpen: false } as unknown as Exchange };
}
