/** Checks whose slice takes seconds: these run in `npm test`, the slices of all others in `npm run test:long`. */
const short = new Set(["forged-tokens", "key-rotation", "clocks", "quorum", "interleavings"]);

export function isShort(check: { readonly name: string }): boolean {
  return short.has(check.name);
}
