/** The keys that a JSON pointer (RFC 6901) leads through, without their escapes; none for the whole document. */
export function pointerSteps(pointer: string): string[] {
  return pointer.split("/").slice(1).map(unescapedStep);
}

/** One step of a pointer as the key that it stands for. */
export function unescapedStep(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** A key as one step of a pointer. */
export function escapedStep(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
