/** The input document as far as the bench changes it (policy contract, version 1). */
export interface PolicyDocument {
  readonly context: {
    readonly arguments: Readonly<Record<string, unknown>>;
    readonly time: Readonly<Record<string, unknown>>;
  };
  readonly subject: Readonly<Record<string, unknown>>;
}

/** The document of one request: the recorded one with this request's arguments and time. */
export function documentFor(
  recorded: PolicyDocument,
  args: Readonly<Record<string, unknown>>,
  now: number,
): PolicyDocument {
  const { context } = recorded;
  return { ...recorded, context: { ...context, arguments: args, time: { ...context.time, ns: now * 1_000_000 } } };
}
