/** What a program is called, by whatever path: `/usr/bin/python3.12` is python, and so is `=python3` of zsh. */
export function nameOf(text: string): string {
  const name = (text.split(/[/\\]/).at(-1) ?? text).toLowerCase().replace(/^=|\.exe$/g, "");
  return /^(?:python|pypy|perl|ruby|php|lua|node)[0-9.-]*$/.test(name) ? name.replace(/[0-9.-]+$/, "") : name;
}
