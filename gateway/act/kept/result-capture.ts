import type { ToolCall } from "../../domain/tool-call.ts";

/** The largest result that is kept, in bytes of its body or of its JSON-RPC message. */
export const mostResultBytes = 256 * 1_024;

/** What a caller got of a tool server, to be given once more. */
export type Result =
  | { readonly kind: "http"; readonly status: number; readonly headers: readonly string[]; readonly body: Buffer }
  | { readonly kind: "mcp"; readonly era: "legacy" | "modern"; readonly message: string };

/** Takes a copy of one result while it passes to its caller; a larger one than `mostResultBytes` is let go. */
export class ResultCapture {
  readonly #era: "legacy" | "modern" | null;
  #status = 0;
  #headers: readonly string[] = [];
  #chunks: Buffer[] = [];
  #bytes = 0;
  #message: string | null = null;

  constructor({ mcp }: Pick<ToolCall, "mcp">) {
    this.#era = mcp?.era ?? null;
  }

  get isTooLarge(): boolean {
    return this.#bytes > mostResultBytes;
  }

  /** Of plain HTTP: status and headers as the caller gets them, without the gateway's own. */
  head(status: number, headers: readonly string[]): void {
    this.#status = status;
    this.#headers = headers;
  }

  data(chunk: Buffer): void {
    if (this.#fits(chunk.length)) this.#chunks.push(Buffer.from(chunk));
  }

  /** Of MCP: the answer to the request, as the caller gets it. */
  message(text: string): void {
    if (this.#fits(Buffer.byteLength(text))) this.#message = text;
  }

  /** Null when there is none, or it is too large. */
  result(): Result | null {
    if (this.isTooLarge) return null;
    if (this.#era !== null)
      return this.#message === null ? null : { kind: "mcp", era: this.#era, message: this.#message };
    const body = Buffer.concat(this.#chunks);
    return this.#status === 0 ? null : { kind: "http", status: this.#status, headers: this.#headers, body };
  }

  #fits(bytes: number): boolean {
    this.#bytes += bytes;
    if (!this.isTooLarge) return true;
    this.#chunks = [];
    return false;
  }
}
