import { z } from "zod";
import { receiver } from "./ship.ts";
import { duration, webUrl } from "./values.ts";

export const tracesSchema = z
  .strictObject({
    url: webUrl().describe("Where to post spans, such as https://otel.example.com/v1/traces."),
    ...receiver,
    timeout: duration("100ms", "1m")
      .prefault("10s")
      .describe("How long one attempt may take. What is not taken is lost."),
    sample: z
      .number()
      .min(0)
      .max(1)
      .prefault(1)
      .describe("Share of the traces that are sent, of those that begin here; with `follow_callers: false` of all."),
    follow_callers: z
      .boolean()
      .prefault(true)
      .describe(
        "Whether the `sampled` flag of a caller's `traceparent` decides in place of `sample`. Any agent can set it.",
      ),
  })
  .describe("Traces of calls, as OTLP/HTTP in JSON. Default: none.");
