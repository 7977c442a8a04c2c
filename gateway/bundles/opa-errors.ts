import { BundleFailure, type Location, type Stage } from "./failure.ts";

/** `path.rego:12: rego_parse_error: …`, alone on a line or behind `1 error occurred: `. */
const REGO = /(?:^|\s)([^\s:][^:\n]*\.rego):(\d+): (.+)/;
const DATA = /bundle load failed on ([^\s:]+): (.+)/;
const YAML_LINE = /line (\d+):? ?/;

/** Builtins that are refused on purpose, with what to do instead. */
const INSTEAD: readonly (readonly [name: string, advice: string])[] = [
  ["http.send", "a policy that calls out cannot be replayed; have the gateway put the fact into the input"],
  [
    "net.lookup_ip_addr",
    "a policy that resolves names cannot be replayed; read input.context.urls, which has the class of each address",
  ],
  ["opa.runtime", "the environment is in input.context.gateway"],
];

/** What `opa` printed, as a failure whose locations an editor can jump to. */
export function parseOpaErrors(output: string, stage: Stage): BundleFailure {
  const locations = output.split("\n").flatMap(locate);
  const message =
    locations.length > 0
      ? locations.map(({ file, line, message: text }) => `${file}:${line}: ${text}`).join("\n")
      : plain(output);
  return new BundleFailure(stage, message, locations);
}

function locate(line: string): Location[] {
  const rego = REGO.exec(line);
  if (rego !== null)
    return [{ file: relative(rego[1] as string), line: Number(rego[2]), message: advise(rego[3] as string) }];
  const data = DATA.exec(line);
  if (data === null) return [];
  const text = data[2] as string;
  const at = YAML_LINE.exec(text);
  return [
    { file: relative(data[1] as string), line: at === null ? 1 : Number(at[1]), message: text.replace(YAML_LINE, "") },
  ];
}

function relative(path: string): string {
  return path.replace(/^.*(?:error occurred|errors occurred): /, "").replace(/^\.\//, "");
}

function advise(message: string): string {
  const known = INSTEAD.find(([name]) => message.includes(`undefined function ${name}`));
  return known === undefined ? message : `${message} (${known[1]})`;
}

/** Without a location, at least the first sentence, and not the usage text behind it. */
function plain(output: string): string {
  const text =
    output
      .split(/^Usage:/m)[0]
      ?.trim()
      .replace(/^error: /i, "") ?? "";
  return text === "" ? "opa failed without a message" : text;
}
