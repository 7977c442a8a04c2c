/**
 * The first byte of a value as OPA's runtime has it in memory (https://github.com/open-policy-agent/opa/blob/v1.22.2/wasm/src/value.h), which
 * says its type. Words at multiples of four follow.
 */
export const types = { null: 1, boolean: 2, number: 3, string: 4, array: 5, object: 6, set: 7 } as const;

/** Kinds of a number, in its second byte: a 64-bit integer at 8, or its text, with its address at 8 and its length at 12. */
export const [INTEGER, WRITTEN] = [1, 2];

/** The word of a string, and of a number that is written, that has the place of its characters. */
export const placeAt = 2;
/** The word of a string that has their length. */
export const stringLengthAt = 1;
