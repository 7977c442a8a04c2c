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
  expect(takeOutOfToml(text)).toBe(ended);
});

it("puts keys of the root table before every table", () => {
  const before = "# mine\n[a]\nb = 1\n";
  const text = putIntoToml(before, edit(crm, "only = true"));
  expect(readToml(text, "f")).toMatchObject({ only: true, a: { b: 1 } });
  expect(takeOutOfToml(text)).toBe(before);
});

it("is taken out also when something was written behind it", () => {
  const text = `${putIntoToml("[a]\nb = 1\n", edit(crm))}\n[c]\nd = 2\n`;
  expect(takeOutOfToml(text)).toBe("[a]\nb = 1\n\n[c]\nd = 2\n");
});

it("leaves a file alone that cannot be read, or that has the tables already", () => {
  expect(() => putIntoToml("a = 1\n[b\n", edit(crm))).toThrow(
    /^config\.toml:2:\d+ is not valid TOML .*nothing was changed/,
  );
  expect(() => putIntoToml(crm, edit(crm))).toThrow("has tables or keys already that are to be written");
});
