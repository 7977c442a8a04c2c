import { putIntoToml, readToml, takeOutOfToml } from "../../../../../gateway/cli/connect/files/toml-file.ts";

const edit = (tables: string, head = "") => ({ format: "toml", path: "config.toml", head, tables }) as const;
const crm = '[mcp_servers.crm]\nurl = "https://gw.example/mcp/crm"\n';

it.each([
  ["", ""],
  ["a file with tables", '# mine\nmodel = "x"\n\n[mcp_servers.other]\ncommand = "y"   # why\n'],
  ["a file without a last line end", "[a]\nb = 1"],
  ["lines that end in CR LF", "[a]\r\nb = 1\r\n"],
])("stands behind what is there, between markers: %s", (_what, before) => {
  const text = putIntoToml(before, edit(crm));
  expect(text.startsWith(before)).toBe(true);
  expect(readToml(text, "f")).toMatchObject({ mcp_servers: { crm: { url: "https://gw.example/mcp/crm" } } });
  if (before.includes("\r\n")) expect(text.replaceAll("\r\n", "")).not.toContain("\n");
  const lineEnd = before.includes("\r\n") ? "\r\n" : "\n";
  const ended = before === "" || before.endsWith("\n") ? before : before + lineEnd;
  expect(takeOutOfToml(text, ["only = true", crm], "f").text).toBe(ended);
});

it("puts keys of the root table before every table", () => {
  const before = "# mine\n[a]\nb = 1\n";
  const text = putIntoToml(before, edit(crm, "only = true"));
  expect(readToml(text, "f")).toMatchObject({ only: true, a: { b: 1 } });
  expect(takeOutOfToml(text, ["only = true", crm], "f").text).toBe(before);
});

it("is taken out also when something was written behind it", () => {
  const text = `${putIntoToml("[a]\nb = 1\n", edit(crm))}\n[c]\nd = 2\n`;
  expect(takeOutOfToml(text, ["only = true", crm], "f").text).toBe("[a]\nb = 1\n\n[c]\nd = 2\n");
});

it("leaves a file alone that cannot be read, or that has the tables already", () => {
  expect(() => putIntoToml("a = 1\n[b\n", edit(crm))).toThrow(
    /^config\.toml:2:\d+ is not valid TOML .*nothing was changed/,
  );
  expect(() => putIntoToml(crm, edit(crm))).toThrow(
    "config.toml has tables or keys already that are to be written (mcp_servers.crm).",
  );
});

const own = '[mcp_servers.mine]\ncommand = "my-server"\n';
const between = (added: string) => putIntoToml("[a]\nb = 1\n", edit(crm)).replace("# <<<", `${added}# <<<`);
const out = (text: string) => takeOutOfToml(text, [crm], "f");

it.each([
  ["a table of somebody", `\n${own}`, `[a]\nb = 1\n\n${own}`, ["mcp_servers.mine"]],
  ["a comment", "# why\n", "[a]\nb = 1\n\n# why\n", []],
  ["a key", "timeout = 60\n", `[a]\nb = 1\n\n${crm}timeout = 60\n`, ["mcp_servers.crm"]],
  [
    "a table in ours",
    "[mcp_servers.crm.env]\nX = 1\n",
    `[a]\nb = 1\n\n${crm}[mcp_servers.crm.env]\nX = 1\n`,
    ["mcp_servers.crm", "mcp_servers.crm.env"],
  ],
  [
    "a list over several lines",
    '[mcp_servers.mine]\nargs = [\n  ["a"],\n  []\n]\n',
    '[a]\nb = 1\n\n[mcp_servers.mine]\nargs = [\n  ["a"],\n  []\n]\n',
    ["mcp_servers.mine"],
  ],
])("leaves what was written between the markers, and tells it: %s", (_what, added, after, left) => {
  expect(readToml(between(added), "f")).toMatchObject({ mcp_servers: { crm: {} } });
  const taken = out(between(added));
  expect(taken.text).toBe(after);
  expect(taken.left.map(({ path }) => path.join("."))).toEqual(left);
  readToml(taken.text, "f");
});

it("leaves a table of ours to which a table behind the markers belongs, or whose value is another", () => {
  const more = `${putIntoToml("", edit(crm))}[mcp_servers.crm.env]\nX = 1\n`;
  expect(out(more)).toEqual({ text: `${crm}[mcp_servers.crm.env]\nX = 1\n`, left: [{ path: ["mcp_servers", "crm"] }] });
  const other = putIntoToml("", edit(crm)).replace("mcp/crm", "mcp/mine");
  expect(out(other).left).toEqual([{ path: ["mcp_servers", "crm"] }]);
});

it("leaves keys of somebody before every table", () => {
  const text = putIntoToml("[a]\nb = 1\n", edit("", "only = true\n")).replace("only", "mine = 2\nonly");
  expect(takeOutOfToml(text, ["only = true"], "f")).toEqual({
    text: "mine = 2\n\n[a]\nb = 1\n",
    left: [{ path: ["mine"] }],
  });
});

it("takes nothing out where a marked line is missing", () => {
  const text = putIntoToml("[a]\nb = 1\n", edit(crm)).replace(/^# <<<.*\n/m, "");
  expect(() => out(text)).toThrow(/^f:4: .* is missing: # <<< sallyport/);
});

it("finds nothing to take out where somebody has done it", () => {
  expect(out("[a]\nb = 1\n")).toEqual({ text: "[a]\nb = 1\n", left: [] });
});
