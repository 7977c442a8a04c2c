import { boundExtras } from "../../../../console/src/text/bound-extras.ts";
import { binding } from "../../../support/builders.ts";

const shown = (...headers: [string, string][]) => boundExtras({ ...binding(), headers })?.headers ?? [];

test.each(["*/*", "application/json", "application/json, text/event-stream", "text/html,*/*; q=0.8"])(
  "hides what every client sends: accept: %s",
  (accept) => {
    expect(shown(["accept", accept], ["user-agent", "curl/8"])).toEqual([]);
  },
);

test.each(["application/vnd.x.v2+json", "application/json;version=2", "text/csv; header=absent"])(
  "shows an accept that may choose what is executed: %s",
  (accept) => {
    expect(shown(["accept", accept])).toEqual([["accept", accept]]);
  },
);

test("shows a header that names the operation", () => {
  expect(shown(["x-amz-target", "Tables.Put"])).toEqual([["x-amz-target", "Tables.Put"]]);
});
