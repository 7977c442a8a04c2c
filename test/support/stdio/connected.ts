import type { Refusal } from "../../../gateway/domain/errors.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { ServerConnection } from "../../../gateway/stdio/connection.ts";
import type { AnswerMessage, Message, RequestMessage } from "../../../gateway/stdio/messages.ts";
import type { Member } from "../../../gateway/stdio/pending.ts";
import { type PlayOptions, playServer } from "./pipes.ts";

/** A connection to a tool server that a test plays. */
export function connected(options: PlayOptions & { readonly isOnes?: boolean; readonly calledOffMs?: number } = {}) {
  const server = playServer(options);
  const faults: string[] = [];
  const ends: string[] = [];
  const time = { now: 0 };
  let next = 100;
  const connection = new ServerConnection(
    server.transport,
    {
      clock: { monotonic: () => time.now },
      nextAsked: () => (next += 1),
      isOnes: options.isOnes ?? false,
      ...(options.calledOffMs === undefined ? {} : { calledOffMs: options.calledOffMs }),
      onFault: (what) => faults.push(what),
    },
    (why) => ends.push(why),
  );
  return { connection, server, faults, ends, time };
}

/** A client of it, with all that it is told. */
export function client(connection: ServerConnection, capabilities: JsonObject = {}) {
  const told: { message: Message; about: unknown }[] = [];
  const answers: AnswerMessage[] = [];
  const failures: Refusal[] = [];
  const member: Member = {
    capabilities,
    tell: (message, about) => told.push({ message, about: about?.id ?? null }),
  };
  connection.join(member);
  const ask = (message: object): void =>
    connection.request({ jsonrpc: "2.0", method: "tools/call", ...message } as RequestMessage, {
      member,
      answered: (one) => answers.push(one),
      failed: (one) => failures.push(one),
    });
  const notify = (method: string, params: JsonObject): void =>
    connection.notify({ jsonrpc: "2.0", method, params }, member);
  return { member, told, answers, failures, ask, notify };
}
