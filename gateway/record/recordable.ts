import type { Exchange } from "../domain/exchange.ts";

/** What a record needs of a request; also made for bytes that never became one. */
export interface Recordable extends Pick<Exchange, "context" | "startedAt"> {
  readonly req: Pick<Exchange["req"], "method" | "url" | "rawHeaders">;
}
