import type { Clock } from "../../gateway/domain/ports.ts";
import type { Pins } from "../../gateway/domain/tool-definitions.ts";
import type { JsonObject } from "../../gateway/lib/json.ts";
import { definitionLedger } from "../../gateway/gather/definitions.ts";
import { batched } from "../../gateway/lib/event-loop.ts";
import { callStateStore, type Liveness, liveness } from "../../gateway/store/call-state.ts";
import type { Connection } from "../../gateway/store/connection.ts";
import type { DefinitionName } from "../../gateway/domain/definition-kinds.ts";
import { definitionStore } from "../../gateway/store/definitions.ts";
import { sessionStore } from "../../gateway/store/session-labels.ts";
import { quiet } from "./quiet.ts";

export type TestDefinitions = ReturnType<typeof definitionLedger>;

/** The stores that calls read, open on one connection, and the batch that reads them. */
export function openCallState(connection: Connection, live: Liveness = liveness(connection)) {
  const [definitions, sessions] = [definitionStore(connection), sessionStore(connection)];
  return { definitions, sessions, read: batched(callStateStore(connection, live).read) };
}

export function testDefinitions(
  connection: Connection,
  clock: Pick<Clock, "now">,
  pins?: Readonly<Record<string, Pins>>,
): TestDefinitions {
  const { definitions: store, read } = openCallState(connection);
  return definitionLedger({
    store,
    read,
    clock,
    logger: quiet,
    ...(pins === undefined ? {} : { pins: new Map(Object.entries(pins)) }),
    onPending: () => undefined,
  });
}

export function toolOf(server: string, name: string): DefinitionName {
  return { server, kind: "tool", name };
}

/** The server lists one tool, or another of its definitions, and it is written at once. @returns whether it is remembered */
export async function listTool(
  ledger: Pick<TestDefinitions, "observe" | "keep">,
  server: string,
  name: string,
  definition: JsonObject,
  kind: DefinitionName["kind"] = "tool",
): Promise<boolean> {
  const [fact] = await ledger.observe({ server, kind }, [{ name, definition }]);
  await ledger.keep();
  return fact !== null;
}
