import { type ErrorCode, Refusal } from "../../domain/errors.ts";
import { pointerAt } from "./pointer.ts";

/** Says what is wrong and where: byte offset in the body and JSON pointer. */
export function refuseJson(code: ErrorCode, bytes: Buffer, offset: number, what: string): never {
  const pointer = pointerAt(bytes, offset);
  throw new Refusal(code, { hint: `${what} at byte ${offset}${pointer === "" ? "" : `, in ${pointer}`}` });
}
