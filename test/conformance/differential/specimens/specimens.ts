import type fc from "fast-check";
import type { Arguments } from "../calls.ts";

/** Calls in the language that a builtin reads (documents, patterns, layouts …), by its name: values of the right type alone say little there. */
export type Specimens = Readonly<Record<string, fc.Arbitrary<Arguments>>>;
