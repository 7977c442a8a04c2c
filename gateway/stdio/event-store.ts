import type { EventId, EventStore, StreamId } from "@modelcontextprotocol/server";
import type { JSONRPCMessage } from "@modelcontextprotocol/server";

interface StoredEvent {
  readonly number: number;
  readonly stream: StreamId;
  readonly message: JSONRPCMessage;
  readonly bytes: number;
}

const mostEvents = 256;
const mostBytes = 1024 * 1024;

/** The latest events of one session, in memory, for clients whose connection broke (MCP 2025-11-25, "Resumability"). */
export class RecentEvents implements EventStore {
  #events: StoredEvent[] = [];
  #bytes = 0;
  #next = 1;

  storeEvent(stream: StreamId, message: JSONRPCMessage): Promise<EventId> {
    const number = this.#next++;
    const bytes = JSON.stringify(message).length;
    // What is larger than all that is kept is not kept; its stream can still be taken up behind it.
    if (bytes <= mostBytes) {
      this.#events.push({ number, stream, message, bytes });
      this.#bytes += bytes;
    }
    while (this.#events.length > mostEvents || this.#bytes > mostBytes) this.#bytes -= this.#events.shift()?.bytes ?? 0;
    return Promise.resolve(`${stream}/${number}`);
  }

  getStreamIdForEventId(event: EventId): Promise<StreamId | undefined> {
    return Promise.resolve(readId(event)?.stream);
  }

  async replayEventsAfter(
    event: EventId,
    { send }: { send: (event: EventId, message: JSONRPCMessage) => Promise<void> },
  ): Promise<StreamId> {
    const after = readId(event);
    if (after === null) throw new Error("no event of this session has that id");
    for (const { number, stream, message } of this.#events) {
      // The first event of a stream says nothing but its id.
      if (stream !== after.stream || number <= after.number || Object.keys(message).length === 0) continue;
      await send(`${stream}/${number}`, message);
    }
    return after.stream;
  }
}

function readId(event: EventId): { readonly stream: StreamId; readonly number: number } | null {
  const [, stream, number] = /^([A-Za-z0-9_-]{1,64})\/(\d{1,15})$/.exec(event) ?? [];
  return stream === undefined ? null : { stream, number: Number(number) };
}
