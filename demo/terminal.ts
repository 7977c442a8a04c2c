import { createColors } from "picocolors";
import type { Played, Scene } from "./scenes/scene.ts";

/** One colour, one icon and one word per effect, the same as in the console. */
const effects = {
  allow: { icon: "✔", word: "allowed", ansi: 37 },
  hold: { icon: "⏸", word: "held", ansi: 214 },
  deny: { icon: "⊖", word: "denied", ansi: 203 },
  expired: { icon: "✔", word: "expired: nothing ran, as intended", ansi: 37 },
} as const;

/** Writes the demo's text for people to the given stream. */
export interface Terminal {
  heading(text: string): void;
  say(text: string): void;
  /** A fact: name and value in two columns. */
  fact(name: string, value: string): void;
  begins(scene: Scene): void;
  /** A shell command to paste: lines are broken only where a shell continues reading. */
  command(text: string): void;
  /** A held call waits for the user for `seconds`; a terminal shows a countdown until the next line. */
  waits(tool: string, link: string, seconds: number): void;
  ended(scene: Scene, played: Played): void;
  failed(scene: Scene, problem: string): void;
  /** Suppresses further output after Ctrl-C. */
  silence(): void;
}

/** Longer lines are hard to read, however wide the window. */
const WIDEST = 100;

export function terminal(stream: NodeJS.WriteStream): Terminal {
  const coloured = stream.isTTY && process.env["NO_COLOR"] === undefined;
  const { bold, dim } = createColors(coloured);
  const paint = (code: number, text: string) => (coloured ? `\u001b[38;5;${code}m${text}\u001b[39m` : text);
  let silent = false;
  const countdown = countdownOn(stream, (text) => dim(text));
  const write = (line: string): void => {
    countdown.stop();
    if (!silent) stream.write(`${line}\n`);
  };
  /** Text with a margin, wrapped at the width of the terminal. */
  const paragraph = (text: string, margin: number) =>
    wrapped(text, Math.min(stream.columns ?? WIDEST, WIDEST) - margin).join(`\n${" ".repeat(margin)}`);

  /** `hold, then allow` becomes two marks with an arrow between. */
  function marks(observed: string): string {
    const words = observed.match(/\b(allow|hold|deny|expired)\b/g) ?? [];
    return words.map((word) => mark(word as keyof typeof effects)).join(dim(" → "));
  }

  function mark(effect: keyof typeof effects): string {
    const { icon, word, ansi } = effects[effect];
    return paint(ansi, `${icon} ${word}`);
  }

  return {
    heading: (text) => write(`\n${bold(paragraph(text, 0))}`),
    say: (text) => write(`  ${paragraph(text, 2)}`),
    fact: (name, value) => write(`  ${dim(name.padEnd(10))} ${paragraph(value, 13)}`),
    begins(scene) {
      const protocol = `·\u00a0${scene.protocol}`;
      const title = paragraph(`${scene.title} ${protocol}`, 0);
      write(`\n${bold(title.slice(0, -protocol.length))}${dim(protocol)}`);
    },
    command(text) {
      const [first = "", ...rest] = wrapped(
        text,
        Math.min(stream.columns ?? WIDEST, WIDEST) - 6,
        /(?:[^\s"]|"[^"]*")+/g,
      );
      write(`  ${[first, ...rest.map((line) => `  ${line}`)].join(" \\\n  ")}`);
    },
    waits(tool, link, seconds) {
      write(`  ${mark("hold")}  ${tool} waits for you. Sign in as approver and decide:\n  ${bold(link)}`);
      if (!silent) countdown.start(seconds);
    },
    ended(_scene, { observed, said, executions, ms, decisionId }) {
      const facts = `${ms} ms · ran ${executions}× on the tool server`;
      const plain = marks(observed).replace(/\u001b\[[\d;]*m/g, "").length;
      const rest = paragraph(decisionId === null ? facts : `${facts} ·\u00a0${decisionId}`, plain + 4);
      write(`  ${marks(observed)}  ${dim(rest)}`);
      for (const line of paragraph(said, 4).split("\n")) write(`  ${dim("│")} ${line.trimStart()}`);
    },
    failed(scene, problem) {
      write(`  ${paint(effects.deny.ansi, `✗ ${scene.name} did not go as it should`)}: ${problem}`);
    },
    silence() {
      countdown.stop();
      silent = true;
    },
  };
}

/** A countdown in one line, rewritten every second; a stream that is no terminal gets the time once. */
function countdownOn(stream: NodeJS.WriteStream, paint: (text: string) => string) {
  let timer: NodeJS.Timeout | undefined;
  const line = (left: number): string =>
    paint(`  ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left; when nobody decides, nothing runs`);
  return {
    start(seconds: number): void {
      if (!stream.isTTY) return void stream.write(`${line(seconds)}\n`);
      const until = performance.now() + seconds * 1_000;
      const show = (): void =>
        void stream.write(`\r\u001b[K${line(Math.max(0, Math.round((until - performance.now()) / 1_000)))}`);
      show();
      timer = setInterval(show, 1_000);
    },
    stop(): void {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      stream.write("\r\u001b[K");
    },
  };
}

/** Broken between words; not at a no-break space, as \s would. */
function wrapped(text: string, width: number, words = /[^ \t\n]+/g): string[] {
  const lines: string[] = [""];
  for (const word of text.match(words) ?? []) {
    const line = lines.at(-1) ?? "";
    if (line.length > 0 && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}
