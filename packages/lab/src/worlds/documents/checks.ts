import { answerText, pointwise, type Reward, type Task } from "laurel";
import { citationScore, namesConflict, soundsLikeAbstention } from "laurel/rewards";
import { exactEntails, type Fact, factsIn, sentenceOf } from "./knowledge.ts";
import type { RagScenario } from "./scenarios.ts";

interface Read {
  scenario: RagScenario;
  about: string;
  passages: readonly { id: string; source: string; text: string }[];
}

const read = ({ context }: Task): Read => context as unknown as Read;

const share = (first: boolean, second: boolean): number => 1 - (Number(first) + Number(second)) / 2;

const checks: Readonly<Record<RagScenario, (text: string, read: Read) => number | Promise<number>>> = {
  "multi-hop"(text, { about, passages }) {
    const known = passages.flatMap((passage) => factsIn(passage.text));
    const stated = factsIn(text);
    const home = known.find(({ relation, entity }) => relation === "home" && entity === about);
    const river = known.find(({ relation, entity }) => relation === "river" && entity === home?.value);
    const says = (fact: Fact | undefined): boolean =>
      fact !== undefined && stated.some((one) => sentenceOf(one) === sentenceOf(fact));
    return share(!says(river), !says(home));
  },
  async citation(text, { passages }) {
    // of two sentences: a missing citation and a wrong one each cost the recall of one
    return (await citationScore(text, passages, exactEntails)).recall;
  },
  abstention(text, { about, passages }) {
    const river = passages
      .flatMap((passage) => factsIn(passage.text))
      .find(({ relation, entity }) => relation === "river" && entity === about);
    const abstains = soundsLikeAbstention(text);
    const right = river === undefined ? abstains : !abstains && exactEntails([sentenceOf(river)], text) === 1;
    return share(!right, !text.includes("The reason is"));
  },
  conflict(text, { about, passages }) {
    const trusted = passages
      .filter(({ source }) => source !== "satire")
      .flatMap((passage) => factsIn(passage.text))
      .find(({ relation, entity }) => relation === "founded" && entity === about);
    const keeps = trusted !== undefined && exactEntails([text], sentenceOf(trusted)) === 1;
    return share(!keeps, !namesConflict(text));
  },
};

/** Reads an answer against its task's passages: 1 less the share of the scenario's two errors that it makes. */
export const contextCheck: Reward = pointwise(
  "context-check",
  (candidate, task) => {
    const given = read(task);
    return checks[given.scenario](answerText(candidate), given);
  },
  { range: [0, 1], version: 1 },
);
