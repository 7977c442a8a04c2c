import type { Verb } from "../common/verb.ts";
import { count } from "./count.ts";
import { exportAll } from "./export.ts";
import { search, show, tail } from "./read.ts";

/** In the order of the help text. */
export const verbs: readonly Verb[] = [tail, search, show, count, exportAll];
