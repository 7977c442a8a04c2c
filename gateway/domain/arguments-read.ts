import type { JsonObject, WithBytes } from "../lib/json.ts";
import type { ToolCall } from "./tool-call.ts";

type Known = Pick<ToolCall, "arguments" | "argumentsRead">;

/** What is known of the bytes of a call's arguments; null where the arguments are another value, or it never was known. */
export function argumentsKnown(call: Known): WithBytes | null {
  const { argumentsRead: read } = call;
  return read !== null && (isUnread(call) || read.value === call.arguments) ? read : null;
}

/** Nobody has read the arguments yet, and they are the value of `argumentsRead`: a copy of the call, or another value in their place, is no getter. */
export function isUnread(call: Known): boolean {
  return (
    call.argumentsRead?.isBuilt === false && Object.getOwnPropertyDescriptor(call, "arguments")?.get === argumentsOfRead
  );
}

type WithoutArguments = Omit<ToolCall, "arguments">;

/** The call with the value of `argumentsRead` as its arguments. It is built when somebody first reads them, since many policies never do. */
export function withArgumentsRead(call: WithoutArguments): ToolCall {
  return Object.defineProperty(call, "arguments", ofRead) as ToolCall;
}

// Own and enumerable, so that copies of the call have them; one function for all, so that all calls have one hidden class.
const ofRead: PropertyDescriptor = { enumerable: true, configurable: true, get: argumentsOfRead };

function argumentsOfRead(this: WithoutArguments): JsonObject {
  return this.argumentsRead?.value as JsonObject;
}
