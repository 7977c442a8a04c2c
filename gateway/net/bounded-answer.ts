/** Reads an answer whole; one without end must not fill this process. @throws Error when it is larger */
export async function boundedAnswer(response: Response, maxBytes: number, what: string): Promise<Buffer> {
  const { bytes, complete } = await readUpTo(response, maxBytes);
  if (!complete) throw new Error(`${what} is larger than ${maxBytes} bytes`);
  return bytes;
}

/** Reads the first `maxBytes` of an answer, in whole chunks, and cancels the rest. */
export async function readUpTo(
  { body }: Response,
  maxBytes: number,
): Promise<{ readonly bytes: Buffer; readonly complete: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) return { bytes: Buffer.concat(chunks), complete: false };
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), complete: true };
}
