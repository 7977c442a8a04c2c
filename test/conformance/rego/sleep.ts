import { type Builtin, BuiltinError } from "../../../gateway/decide/builtins/types.ts";

/** `test.sleep`, which OPA's cases use to see that the time stands still within an evaluation. */
export const sleep: Builtin = (_context, duration) => {
  const milliseconds = /^(\d+)ms$/.exec(String(duration))?.[1];
  if (milliseconds === undefined) throw new BuiltinError("test.sleep takes whole milliseconds");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(milliseconds));
  return null;
};
