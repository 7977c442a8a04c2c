import { createColors } from "picocolors";
import type { Played, Scene } from "./scenes/scene.ts";

/** One colour, one icon and one word per effect, the same as in the console. */
const effects = {
  allow: { icon: "✔", word: "allowed", ansi: 37 },
  hold: { icon: "⏸", word: "held", ansi: 214 },
  deny: { icon: "⊖", word: "denied", ansi: 203 },
} as const;

/** What the demo says to people; always on the stream it was given, never on stdout by accident. */
export interface Terminal {
  heading(text: string): void;
  say(text: string): void;
  /** A fact worth finding again: name and value in two columns. */
  fact(name: string, value: string): void;
  begins(scene: Scene): void;
  /** A held call waits for the reader. */
  waits(tool: string, link: string): void;
  ended(scene: Scene, played: Played): void;
  failed(scene: Scene, problem: string): void;
  /** Nothing more is said: the reader has pressed Ctrl-C. */
  silence(): void;
}

export function terminal(stream: NodeJS.WriteStream): Terminal {
  const coloured = stream.isTTY && process.env["NO_COLOR"] === undefined;
  const { bold, dim } = createColors(coloured);
  const paint = (code: number, text: string) => (coloured ? `\u001b[38;5;${code}m${text}\u001b[39m` : text);
  let silent = false;
  const write = (line: string) => void (silent || stream.write(`${line}\n`));

  /** `hold, then allow` becomes two marks with an arrow between. */
  function marks(observed: string): string {
    const words = observed.match(/\b(allow|hold|deny)\b/g) ?? [];
    return words.map((word) => mark(word as keyof typeof effects)).join(dim(" → "));
  }

  function mark(effect: keyof typeof effects): string {
    const { icon, word, ansi } = effects[effect];
    return paint(ansi, `${icon} ${word}`);
  }

  return {
    heading: (text) => write(`\n${bold(text)}`),
    say: (text) => write(`  ${text}`),
    fact: (name, value) => write(`  ${dim(name.padEnd(10))} ${value}`),
    begins(scene) {
      write(`\n${bold(scene.title)} ${dim(`· ${scene.protocol}`)}`);
    },
    waits: (tool, link) =>
      write(`  ${mark("hold")}  ${tool} waits for you. Sign in as approver and decide: ${bold(link)}`),
    ended(_scene, { observed, said, executions, ms, decisionId }) {
      write(
        `  ${marks(observed)}  ${dim(`${ms} ms · ran ${executions}× on the tool server${decisionId === null ? "" : ` · ${decisionId}`}`)}`,
      );
      for (const line of wrapped(said, 96)) write(`  ${dim("│")} ${line}`);
    },
    failed(scene, problem) {
      write(`  ${paint(effects.deny.ansi, `✗ ${scene.name} did not go as it should`)}: ${problem}`);
    },
    silence: () => (silent = true),
  };
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) ?? "";
    if (line.length > 0 && line.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}
