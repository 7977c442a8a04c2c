/** Values that stand where a secret will be: masks, examples, constants and types of programs. */
const placeholders = [
  /^[x*.•#_?-]+$/i,
  /^(?:your|my|the|some|insert|enter|replace|change|put|add)[-_ ][\w -]*$/i,
  /example|placeholder|change-?_?me|redacted|masked|dummy|xxxx|\*\*\*\*/i,
  /^(?:pass(?:w[o0]r[dt])?|pwd|secret|token|api[-_]?key|test|user|admin|true|false|null|none|nil|undefined|string)\d?$/i,
  /^(?:u?int|float|utf|sha|md|base|aes|rs|es|hs|ps|ed|v|x|arg|param|key|field|id)[-_]?\d+(?:_t)?$/i,
];

/** Variables of shells, templates and programs. */
const references =
  /^(?:\$(?!2[aby]\$|argon2|[156y]\$)|%\(|%[A-Za-z_]|\{\{|\{%|<|@|&|\.{0,2}\/|~\/|\w+:\/\/|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$|[A-Za-z_][\w.]*\[|(?:process|os|env|config|settings|secrets|self|this)\.)/;

/** Whether somebody may have chosen this as a password: letters and something else, no example, no name of something. */
export function isPassword(value: string): boolean {
  if (value.length < 6 || value.length > 128 || isPlaceholder(value)) return false;
  return /\p{L}/u.test(value) && /[^\p{L}\s]/u.test(value) && !/^[\p{L}]+[-'._/]?[\p{L}]*[.,;:!?)-]*$/u.test(value);
}

/** Whether this was made by a generator of keys: letters and digits in turns, or all kinds of them equally often. */
export function isKey(value: string): boolean {
  if (value.length < 16 || value.length > 512 || isPlaceholder(value)) return false;
  if (!/^[A-Za-z0-9+/=_.~:-]+$/.test(value) || !/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  return entropy(value) >= 3 && (changes(value) >= value.length / 5 || /^[a-f0-9-]{20,}$/i.test(value));
}

export function isPlaceholder(value: string): boolean {
  return placeholders.some((form) => form.test(value)) || references.test(value) || new Set(value).size < 4;
}

/** Shannon entropy, in bits a character. */
export function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const one of value) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / value.length) * Math.log2(count / value.length), 0);
}

/** How often a digit stands next to a letter, or a small letter before a capital. */
function changes(value: string): number {
  return (value.match(/(?<=\d)[A-Za-z]|(?<=[A-Za-z])\d|(?<=[a-z])[A-Z]/g) ?? []).length;
}
