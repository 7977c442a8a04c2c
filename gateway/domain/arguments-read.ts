import type { WithBytes } from "../lib/json.ts";
import type { ToolCall } from "./tool-call.ts";

/** What is known of the bytes of a call's arguments; null where the arguments are another value, or it never was known. */
export function argumentsKnown(call: Pick<ToolCall, "arguments" | "argumentsRead">): WithBytes | null {
  const { argumentsRead: read } = call;
  // As long as nobody has read the value, the arguments are that value: a call with others is made of one whose value was read.
  return read !== null && (read.isBuilt === false || read.value === call.arguments) ? read : null;
}

type WithoutArguments = Omit<ToolCall, "arguments">;

/** The call with the value of `argumentsRead` as its arguments. It is built when somebody first reads them, since many policies never do. */
export function withArgumentsRead(call: WithoutArguments): ToolCall {
  return Object.defineProperty(call, "arguments", ofRead) as ToolCall;
}

// Own and enumerable, so that copies of the call have them; one function for all, so that all calls have one hidden class.
const ofRead: PropertyDescriptor & ThisType<WithoutArguments> = {
  enumerable: true,
  configurable: true,
  get() {
    return this.argumentsRead?.value;
  },
};
