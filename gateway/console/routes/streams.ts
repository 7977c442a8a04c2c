import type { Response } from "express";
import { Refusal } from "../../domain/errors.ts";

const maxStreams = 200;
/** A reader this many bytes behind is cut off; it reconnects and loads the list anew. */
const maxBacklog = 1024 * 1024;

/** The open event streams (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export interface Streams {
  /** `goesOn`: whether the reader's session does. @throws Refusal streams_exhausted */
  open(res: Response, first: unknown, goesOn: () => boolean): void;
  tell(event: string, data: unknown): void;
  /** Keeps proxies from closing the streams. Whatever is written ends those whose session is over. */
  beat(): void;
  close(): void;
}

export function eventStreams(): Streams {
  const streams = new Map<Response, () => boolean>();
  /** Whoever signed out, or may no longer sign in, reads nothing that came later. */
  function write(text: string): void {
    for (const [res, goesOn] of streams) {
      if (res.writableLength > maxBacklog) res.destroy();
      else if (goesOn()) res.write(text);
      else finish(res);
    }
  }
  function finish(res: Response): void {
    streams.delete(res);
    res.end(frame("ended", {}));
  }
  return {
    open(res, first, goesOn) {
      if (streams.size >= maxStreams) throw new Refusal("streams_exhausted");
      res.set({ "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no" });
      res.write(`retry: 2000\n${frame("hello", first)}`);
      streams.set(res, goesOn);
      res.on("close", () => streams.delete(res));
    },
    tell(event, data) {
      write(frame(event, data));
    },
    beat() {
      write(": still here\n\n");
    },
    close() {
      for (const res of streams.keys()) res.end();
    },
  };
}

function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
