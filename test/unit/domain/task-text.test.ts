import { asRefusal } from "../../../gateway/domain/errors.ts";
import {
  assertMayAddTaskText,
  maxTaskTextBytes,
  mostTaskTexts,
  saidTaskText,
  taskTextBytes,
  withTaskText,
} from "../../../gateway/domain/task-text.ts";

const cut = (text: string, truncated = false) => ({ text, truncated });

test("reads a text with its line breaks, cuts it between characters, and knows digest and length of the whole", () => {
  expect(saidTaskText("Pay\n\tann\u001b[31m\ud800")).toMatchObject({ text: cut("Pay\n\tann [31m\ufffd"), bytes: 16 });
  const long = saidTaskText(`${"a".repeat(maxTaskTextBytes - 1)}😀`);
  expect(long?.text).toEqual(cut("a".repeat(maxTaskTextBytes - 1), true));
  expect(long?.bytes).toBe(maxTaskTextBytes + 3);
  // As `printf 'Pay ann' | sha256sum` prints it.
  expect(saidTaskText("Pay ann")?.digest).toBe(
    "sha256:63440014871a095ae4bbca18a01de1ede536ff0383824f0452450f23436b660d",
  );
  expect(saidTaskText("")).toBeNull();
});

test("adds a text after those before it, which stay the same objects", () => {
  const before = [cut("first")];
  const { texts, kept, changed } = withTaskText(before, cut("second"));
  expect([texts, kept, changed]).toEqual([[cut("first"), cut("second")], cut("second"), true]);
  expect(texts[0]).toBe(before[0]);
});

test("changes nothing when the same text comes again, also one that was cut", () => {
  const before = [cut("first"), cut("seco", true)];
  for (const again of ["first", "second"]) {
    const { texts, changed } = withTaskText(before, cut(again));
    expect([texts, changed]).toEqual([before, false]);
  }
  expect(withTaskText(before, cut("second")).kept).toBe(before[1]);
  expect(withTaskText(before, cut("firs")).changed).toBe(true);
});

test("keeps of a text what there is room for, and says so; of none it keeps nothing", () => {
  const full = withTaskText([cut("a".repeat(maxTaskTextBytes - 5))], cut("bücher"));
  expect(full.kept).toEqual(cut("büch", true));
  expect(taskTextBytes(full.texts)).toBe(maxTaskTextBytes);
  expect(withTaskText(full.texts, cut("x"))).toEqual({ texts: full.texts, kept: null, changed: false });
  // A character that does not fit whole is left out.
  expect(withTaskText([cut("a".repeat(maxTaskTextBytes - 3))], cut("😀")).kept).toBeNull();
});

test("keeps so many texts and no more", () => {
  const many = Array.from({ length: mostTaskTexts }, (_, n) => cut(`t${n}`));
  expect(withTaskText(many.slice(1), cut("new")).changed).toBe(true);
  expect(withTaskText(many, cut("new"))).toEqual({ texts: many, kept: null, changed: false });
});

describe("who may add to the text of a task", () => {
  const rules = { clients: new Set(["chat-app"]), issuers: new Set(["https://idp.example"]) };
  const codeFor = (clientId: string | null, issuer = "https://idp.example", known = rules): string => {
    try {
      assertMayAddTaskText(known, { clientId, issuer });
      return "may";
    } catch (thrown) {
      return asRefusal(thrown).code;
    }
  };

  it("is a client that is listed, with a token of its issuer", () => {
    expect(codeFor("chat-app")).toBe("may");
  });

  it.each<[string, string | null, string?]>([
    ["another client", "chat-app2"],
    ["a client without an id", null],
    ["a client of that id at another issuer", "chat-app", "https://other.example"],
  ])("is not %s", (_what, clientId, issuer) => {
    expect(codeFor(clientId, issuer)).toBe("task_text_client");
  });

  it("is nobody where no client is listed", () => {
    expect(codeFor("chat-app", "https://idp.example", { ...rules, clients: new Set() })).toBe("task_text_off");
  });
});
