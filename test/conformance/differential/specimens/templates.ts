import fc from "fast-check";
import { RegoObject, type Value } from "../../../../gateway/decide/value.ts";
import type { Specimens } from "./specimens.ts";

/** Spaces and control characters that Go and JSON treat apart. */
const odd = fc.constantFrom(
  ...["", " ", "\t", "\n", "\r", "\v", "\f", "\b", "\0", "\u0001", "\u001b", "\u007f", "\u0085", "\u00a0", "\u00ad"],
  ...["\u200b", "\u2028", "\ue000", "\u{e0001}", "é", "a", '\\"', "\\\\"],
);
const action = fc.constantFrom(
  ...[
    "{{?.x}}",
    "{{.x?}}",
    "{{if?.x}}b{{end}}",
    "{{if .x}}b{{?end?}}",
    "{{if .y}}b{{else?if .x}}c{{end}}",
    "{{-?.x?-}}",
  ],
  ...['{{print "?"}}', "{{print `?`}}", "{{print '?'}}", "{{?/* c */}}", "{{/* ? */?}}", "{{- /* ? */ -}}", "{{?}}"],
  ...[
    '{{define?"t"?}}z{{end}}{{template "t"}}',
    '{{define "?"}}z{{end}}{{template `?`}}',
    "{{range .l}}{{break?}}{{end}}",
  ],
  ...["{{js .x}}", "{{html .x}}", "{{urlquery .x}}", '{{printf "%q" .x}}', "{{.l}}", "?{{- .x -}}?"],
);
const template = fc.tuple(action, odd).map(([text, character]): Value => text.replaceAll("?", () => character));
const data = odd.map((character): Value =>
  RegoObject.from([
    ["x", character],
    ["l", [character]],
  ]),
);
const part = odd.map((text) => text as Value);

/** Templates with odd spaces and characters at every place, and template strings of collections that hold such characters. */
export const templateSpecimens: Specimens = {
  "strings.render_template": fc.tuple(template, data),
  "internal.template_string": fc.tuple(
    fc.oneof(
      fc.array(part),
      part.map((key) => RegoObject.from([[key, [key]]])),
    ),
  ),
};
