import { Digester, digestKey } from "../../../../gateway/provenance/text/digest.ts";
import { TaskTexts } from "../../../../gateway/provenance/text/task-text.ts";
import { isAsked } from "../../../../gateway/provenance/trace/asked.ts";

const texts = new TaskTexts(new Digester(digestKey(Buffer.alloc(32, 7))));

function asks(task: string, words: readonly string[]): boolean | null {
  return isAsked([texts.compile(task)], words);
}

test("finds a word of the task, and one that begins as the catalog says", () => {
  expect(asks("Annule le déjeuner", ["annul*"])).toBe(true);
  expect(asks("Bitte LÖSCHEN: alles", ["lösch*"])).toBe(true);
  expect(asks("please merge it", ["merge"])).toBe(true);
  expect(asks("l'annulation", ["annul*"])).toBe(true);
});

test("finds none within another word", () => {
  expect(asks("emerged, merges", ["merge"])).toBe(false);
  expect(asks("undeleted", ["delete*"])).toBe(false);
  expect(asks("anything", ["", "*"])).toBe(false);
});

test("does not know where the catalog names no words, and says no where there is no task", () => {
  expect(asks("delete it", [])).toBeNull();
  expect(isAsked([], ["delete*"])).toBe(false);
});
