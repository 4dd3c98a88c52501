import { describe, expect, it } from "vitest";
import { directContext, task, UsageError } from "../../core/index.ts";
import { copiedShare, translationGate } from "./translation.ts";

const source = "The old man sat by the river and thought about the years that had passed.";
const german = "Der alte Mann saß am Fluss und dachte an die Jahre, die vergangen waren, und es ist nicht leicht.";
const think = "<think>Literary tone.</think>";
const score = async (options: Parameters<typeof translationGate>[0], answer: string, prompt = source) =>
  (await translationGate(options).score([task(prompt, [answer])], directContext()))[0]![0]!;

describe("verify.translation", () => {
  it("passes one non-empty thought followed by a translation into the target language", async () => {
    expect(await score({ target: "de" }, `${think}\n${german}`)).toEqual({
      value: 1,
      parts: { format: 1, language: 1, copy: 1, length: 1 },
    });
  });

  it("fails on a missing, empty, doubled or unclosed thought, and on an empty translation", async () => {
    for (const answer of [
      german,
      `<think> </think>${german}`,
      `${think}${think}${german}`,
      `<think>${german}`,
      think,
      "",
    ])
      expect(await score({ target: "de" }, answer)).toMatchObject({ value: 0, parts: { format: 0 } });
    expect(await score({ target: "de", think: false }, german)).toMatchObject({ value: 1 });
  });

  it("fails on another language, a copy of the source and a length out of proportion", async () => {
    expect(await score({ target: "fr" }, `${think}${german}`)).toMatchObject({ value: 0, parts: { language: 0 } });
    expect(await score({ target: "de" }, `${think}${source}`)).toMatchObject({
      value: 0,
      parts: { copy: 0, language: 0 },
    });
    expect(await score({ target: "de" }, `${think}Der.`)).toMatchObject({ value: 0, parts: { length: 0 } });
    expect(await score({ target: "de" }, think + german.repeat(4))).toMatchObject({ value: 0, parts: { length: 0 } });
  });

  it("lets a language pass that cannot be told", async () => {
    expect(await score({ target: "de" }, `${think}Flussufer`, "riverbank")).toMatchObject({
      value: 1,
      parts: { language: null },
    });
    expect(await score({ target: "de", identify: () => "de-AT" }, `${think}Ufer`, "bank")).toMatchObject({ value: 1 });
  });

  it("counts characters of scripts without spaces as words", async () => {
    const chinese = "老人坐在河边，想着那些过去的岁月。";
    expect(await score({ target: "zh" }, think + chinese)).toMatchObject({
      value: 1,
      parts: { language: 1, length: 1 },
    });
  });

  it("measures copying by word trigrams", () => {
    expect(copiedShare("the cat sat down", "the cat sat up")).toBe(0.5);
    expect(copiedShare("Paris", "to Paris")).toBe(1);
    expect(copiedShare("", "x")).toBe(0);
  });

  it("is unscored without a source and refuses bounds that make no sense", async () => {
    expect((await score({ target: "de" }, "x", "...")).unscored?.reason).toBe("missing-reference");
    expect(() => translationGate({ target: "de", lengthRatio: [3, 1] })).toThrow(UsageError);
  });
});

describe("the language gate", () => {
  it("tells the eleven languages of the paper apart", async () => {
    const texts: Record<string, string> = {
      en: source,
      de: german,
      fr: "Le vieil homme était assis au bord de la rivière et il pensait que les années ne sont pas une fête.",
      es: "El viejo se sentó junto al río y pensó en los años que no se han ido, pero con una sonrisa muy triste.",
      it: "Il vecchio sedeva vicino al fiume e non pensava più agli anni che sono passati con gli amici della vita.",
      cs: "Starý muž seděl u řeky a přemýšlel, že se na to nedá zapomenout, ale jeho život byl jako ta voda.",
      ru: "Старик сидел у реки и думал о прошедших годах.",
      ar: "جلس الرجل العجوز عند النهر وفكر في السنوات الماضية.",
      ja: "老人は川のそばに座り、過ぎ去った年月を思った。",
      ko: "노인은 강가에 앉아 지나간 세월을 생각했다.",
      zh: "老人坐在河边，想着过去的岁月。",
    };
    for (const [language, text] of Object.entries(texts)) {
      const gate = translationGate({ target: language, think: false, lengthRatio: [0, 100], maxCopy: 1 });
      const others = translationGate({
        target: language === "en" ? "de" : "en",
        think: false,
        lengthRatio: [0, 100],
        maxCopy: 1,
      });
      const one = task(source, [text]);
      expect([language, (await gate.score([one], directContext()))[0]![0]]).toMatchObject([
        language,
        { parts: { language: 1 } },
      ]);
      expect([language, (await others.score([one], directContext()))[0]![0]]).toMatchObject([
        language,
        { parts: { language: 0 } },
      ]);
    }
  });

  it("does not guess on short texts", async () => {
    for (const text of ["12 + 5", "Okay then", "早上"])
      expect(await score({ target: "fr", think: false }, text)).toMatchObject({ parts: { language: null } });
  });
});
