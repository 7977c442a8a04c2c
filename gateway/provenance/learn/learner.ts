import type { EvaluatedCall } from "../../domain/exchange.ts";
import type { CatalogFact } from "../../domain/facts.ts";
import type { LearntAnswer, ProvenanceQuestion } from "../../domain/ports.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { SessionMemory } from "../memory/session-memory.ts";
import type { Digester } from "../text/digest.ts";
import { Found } from "../text/found.ts";
import type { KeptWords } from "../text/words/kept-words.ts";
import { TextReader } from "../text/reader.ts";
import { type AskedFor, AskedForReader } from "../trace/asked-for.ts";
import type { CallerFacts, Callers } from "../trace/caller.ts";
import type { Things } from "../trace/things.ts";
import { nobody, type OwnPeople, peopleOf } from "./authors.ts";
import { Echoes, keysOf } from "./echoes.ts";
import { type LongAnswer, LongAnswers } from "./long-answers.ts";
import type { MadeCalls } from "./made-calls.ts";
import { isLong } from "./pieces.ts";
import { rememberCall, rememberResult, rememberArguments } from "./remember.ts";
import type { ResultAbout } from "./result/result-about.ts";
import { ResultReader } from "./result/result-reader.ts";
import { ArgumentReader } from "./argument-reader.ts";

/** What is known of a call before it is sent. */
export interface KnownCall extends AskedFor {
  /** See `Things`. */
  readonly thing: number;
  readonly caller: CallerFacts | null;
  /** Whose records count as the site's own: nobody's of a call that names a URL outside the site, whose answer may be another's. */
  readonly people: () => OwnPeople;
}

/** Of a call of which nobody has asked where its values come from. */
export const unknownCall: KnownCall = { identified: false, led: false, thing: 0, caller: null, people: () => nobody };

/** What is known of the call that an answer belongs to. */
export interface SentCall {
  readonly known: KnownCall;
  /** Of its arguments, as `rememberSent` has returned them; null when it was not sent from here. */
  readonly argumentKeys: readonly number[] | null;
}

export interface LearnerDeps {
  readonly digester: Digester;
  readonly callers: Callers;
  readonly made: MadeCalls;
  readonly things: Things;
  /** Texts of calls, which are read more than once. */
  readonly kept: KeptWords;
}

/** Puts what calls say, and what comes back, into a session's memory. Reads one text after another. */
export class Learner {
  readonly #deps: LearnerDeps;
  readonly #found: Found;
  readonly #arguments: ArgumentReader;
  readonly #results: ResultReader;
  readonly #askedFor: AskedForReader;
  readonly #long: LongAnswers;
  readonly #echoes: Echoes;

  constructor(deps: LearnerDeps) {
    this.#deps = deps;
    this.#found = new Found(deps.digester);
    const reader = new TextReader(deps.digester, this.#found, deps.kept);
    this.#arguments = new ArgumentReader(reader);
    this.#results = new ResultReader(reader);
    this.#askedFor = new AskedForReader(deps.digester, deps.kept);
    this.#long = new LongAnswers(deps.digester);
    this.#echoes = new Echoes(deps.digester);
  }

  /** @param question with which was asked about the call; undefined when nobody has */
  known(memory: SessionMemory, question: ProvenanceQuestion | undefined): KnownCall {
    if (question === undefined || question.call.argumentsOmitted) return unknownCall;
    const { call, subject, site, catalog, taskTexts } = question;
    const caller = this.#deps.callers.of(subject, taskTexts);
    // Who has named it says something of what a task identifies, and of secrets.
    const matters = caller.tasks.length > 0 || returnsPrivate(catalog);
    const { identified, led } = matters ? this.#askedFor.read({ memory, site, caller }, call.arguments) : unknownCall;
    let known: OwnPeople | null = null;
    const people = (): OwnPeople =>
      (known ??= this.#askedFor.namesOutside(site, call.arguments) ? nobody : peopleOf(site, call.route.server));
    return { identified, led, thing: this.#deps.things.of(call.arguments, catalog), caller, people };
  }

  /** @param now milliseconds since the epoch. @returns keys of its arguments, for `learn` */
  rememberSent(
    memory: SessionMemory,
    { call, facts }: EvaluatedCall,
    known: KnownCall,
    now: number,
  ): readonly number[] {
    const tool = `${call.route.server}/${call.name}`;
    const event = memory.begin(tool, seconds(now), known);
    memory.events.noteSent(tool);
    if (this.#arguments.read(call.arguments) || call.argumentsOmitted) memory.forget();
    rememberCall(memory, this.#found, facts.approval.status === "approved", event);
    return keysOf(this.#found);
  }

  /** Of a call that does not go to its tool server. @returns whether the memory has changed */
  rememberUnsent(memory: SessionMemory, { call }: EvaluatedCall): boolean {
    const hadForgotten = memory.forgotten;
    if (this.#arguments.read(call.arguments)) memory.forget();
    return rememberArguments(memory, this.#found) || memory.forgotten !== hadForgotten;
  }

  /**
   * Reads an answer that takes long in turns of the event loop, and then calls `learn`: with what was read, to be handed on to the
   * method of this name. Of any other answer with null, at once.
   */
  reading<Value>(
    { call }: EvaluatedCall,
    known: KnownCall,
    answer: LearntAnswer,
    learn: (long: LongAnswer | null) => Promise<Value>,
  ): Promise<Value> {
    return isLong(answer.content) ? this.#long.read(answer.content, aboutOf(call, known, answer), learn) : learn(null);
  }

  /** @param now milliseconds since the epoch. @param long see `reading`. @returns whether something untrusted came back */
  learn(
    memory: SessionMemory,
    { call }: EvaluatedCall,
    { known, argumentKeys }: SentCall,
    answer: LearntAnswer,
    now: number,
    long: LongAnswer | null = null,
  ): boolean {
    const { tool, catalog, content } = answer;
    // On a stream other answers come too: what the call asks for is not what they are.
    const isOwn = tool === call.name;
    if (catalog.mutates !== false && isOwn) this.#deps.made.note(memory, call, catalog);
    if (content === null) {
      memory.forget();
      return true;
    }
    const about = aboutOf(call, known, answer);
    const read = long?.read ?? this.#results.read(content, about);
    if (read.isCut) memory.forget();
    const event = memory.begin(`${call.route.server}/${tool}`, seconds(now), isOwn ? known : unknownCall);
    rememberResult(memory, long?.found ?? this.#found, {
      isUntrusted: read.isUntrusted,
      isPrivate: returnsPrivate(catalog),
      mutated: catalog.mutates === true,
      led: known.led && isOwn,
      event,
      isEcho: this.#echoes.of(about.arguments, isOwn ? argumentKeys : null),
    });
    return read.hasUntrusted;
  }
}

function aboutOf(call: ToolCall, { caller, people }: KnownCall, { tool, catalog }: LearntAnswer): ResultAbout {
  const args: JsonObject = tool === call.name ? call.arguments : {};
  return { returns: catalog.returns, arguments: args, caller, people };
}

function returnsPrivate({ returns }: Pick<CatalogFact, "returns">): boolean {
  return returns?.labels.includes("private") ?? false;
}

function seconds(now: number): number {
  return Math.floor(now / 1_000);
}
