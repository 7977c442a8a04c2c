import { type ErrorCode, Refusal } from "../../domain/errors.ts";
import { escapedStep } from "../../lib/json.ts";

/** Says what is wrong and where: the byte offset in the body, and to the caller alone the JSON pointer. */
export function refuseJson(code: ErrorCode, bytes: Buffer, offset: number, what: string): never {
  const pointer = pointerAt(bytes, offset);
  throw new Refusal(code, { hint: `${what} at byte ${offset}`, ...(pointer === "" ? {} : { place: pointer }) });
}

interface Frame {
  readonly array: boolean;
  index: number;
  key: string;
}

/**
 * The JSON pointer (RFC 6901) of the place where `offset` lies, for error messages. Walks the bytes a second time,
 * which only refused bodies cost, and tolerates every fault in them.
 */
function pointerAt(bytes: Buffer, offset: number): string {
  const stack: Frame[] = [];
  let at = 0;
  while (at < offset) {
    const byte = bytes[at];
    if (byte === 0x22) {
      const end = stringEnd(bytes, at);
      if (end > offset) break;
      noteKey(stack, bytes, at, end);
      at = end;
      continue;
    }
    if (byte === 0x7b || byte === 0x5b) stack.push({ array: byte === 0x5b, index: 0, key: "" });
    else if (byte === 0x7d || byte === 0x5d) stack.pop();
    else if (byte === 0x2c) advance(stack);
    at++;
  }
  return pointerOf(stack);
}

function stringEnd(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1;
  return at + 1;
}

function noteKey(stack: Frame[], bytes: Buffer, start: number, end: number): void {
  const top = stack.at(-1);
  if (top === undefined || top.array) return;
  let next = end;
  while (next < bytes.length && (bytes[next] as number) <= 0x20) next++;
  if (bytes[next] === 0x3a) top.key = bytes.toString("utf8", start + 1, end - 1);
}

function advance(stack: Frame[]): void {
  const top = stack.at(-1);
  if (top !== undefined) top.index++;
}

const LONGEST = 200;

function pointerOf(stack: readonly Frame[]): string {
  const steps = stack
    .filter((frame) => frame.array || frame.key !== "")
    .map((frame) => (frame.array ? String(frame.index) : escapedStep(frame.key)));
  const pointer = steps.map((step) => `/${step}`).join("");
  return pointer.length > LONGEST ? `${pointer.slice(0, LONGEST)}…` : pointer;
}
