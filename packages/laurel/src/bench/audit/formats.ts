/** A way to set an answer that changes nothing in it; undefined where it does not apply to the text. */
export type Restyle = (answer: string) => string | undefined;

const short = (answer: string): boolean => answer.length <= 80 && !/[\n$]|\\boxed/.test(answer);

function digits(from: number): Restyle {
  return (answer) =>
    /\d/.test(answer) ? answer.replace(/\d/g, (digit) => String.fromCodePoint(from + Number(digit))) : undefined;
}

/** Formats that should not change what an answer earns, by name. */
export const formats: Readonly<Record<string, Restyle>> = {
  "in a box": (answer) => (short(answer) ? `\\boxed{${answer.replace(/\.$/, "")}}` : undefined),
  "box taken off": (answer) => {
    const plain = answer.replace(/\\boxed\{([^{}]*)\}/g, "$1");
    return plain === answer ? undefined : plain;
  },
  "between dollars": (answer) => (short(answer) ? `$${answer.replace(/\.$/, "")}$` : undefined),
  "in bold": (answer) => (answer.includes("\n") || answer.trim() === "" ? undefined : `**${answer.trim()}**`),
  "a sentence before": (answer) => `Let me think about this.\n\n${answer}`,
  "a sentence after": (answer) => `${answer}\n\nI hope this helps!`,
  "white space around": (answer) => `\n\n  ${answer}  \n\n`,
  "Windows line ends": (answer) => (answer.includes("\n") ? answer.replace(/\n/g, "\r\n") : undefined),
  "full-width digits": digits(0xff10),
  "Arabic-Indic digits": digits(0x660),
  "typographic minus": (answer) => (/-\d/.test(answer) ? answer.replace(/-(?=\d)/g, "−") : undefined),
};
