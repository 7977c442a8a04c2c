import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Frees what nothing refers to any more, as the engine would do at a time of its own. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // Some of what is used no more goes only with the second collection.
  for (let time = 0; time < 3; time += 1) collect();
}
