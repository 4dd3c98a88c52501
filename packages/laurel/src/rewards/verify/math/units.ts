/** A unit of measure: what it measures, and how many base units it is. Unknown words have no dimension and compare by nothing. */
export interface Unit {
  readonly name: string;
  /** Exponents of length, mass, time and the rest by letter, such as `L2` or `L1 T-1`; undefined for an unknown word. */
  readonly dimension: string | undefined;
  /** Base units in one unit, as an exact fraction [n, d]. */
  readonly factor: readonly [bigint, bigint];
  /** π/180 for degrees: the factor is multiplied by π over this. */
  readonly piOver?: bigint | undefined;
}

type Entry = readonly [dimension: Readonly<Record<string, number>>, n: bigint | number, d?: bigint | number];

const length = { L: 1 };
const mass = { M: 1 };
const time = { T: 1 };
const volume = { L: 3 };
const money = (code: string): Readonly<Record<string, number>> => ({ [`$${code}`]: 1 });

const table: Readonly<Record<string, Entry>> = {
  m: [length, 1],
  meter: [length, 1],
  metre: [length, 1],
  km: [length, 1000],
  kilometer: [length, 1000],
  kilometre: [length, 1000],
  cm: [length, 1, 100],
  centimeter: [length, 1, 100],
  centimetre: [length, 1, 100],
  mm: [length, 1, 1000],
  millimeter: [length, 1, 1000],
  millimetre: [length, 1, 1000],
  inch: [length, 254, 10000],
  in: [length, 254, 10000],
  ft: [length, 3048, 10000],
  foot: [length, 3048, 10000],
  feet: [length, 3048, 10000],
  yd: [length, 9144, 10000],
  yard: [length, 9144, 10000],
  mile: [length, 1609344, 1000],
  mi: [length, 1609344, 1000],
  g: [mass, 1, 1000],
  gram: [mass, 1, 1000],
  kg: [mass, 1],
  kilogram: [mass, 1],
  mg: [mass, 1, 1000000],
  milligram: [mass, 1, 1000000],
  lb: [mass, 45359237, 100000000],
  lbs: [mass, 45359237, 100000000],
  pound: [mass, 45359237, 100000000],
  oz: [mass, 45359237, 1600000000],
  ounce: [mass, 45359237, 1600000000],
  tonne: [mass, 1000],
  s: [time, 1],
  sec: [time, 1],
  second: [time, 1],
  min: [time, 60],
  minute: [time, 60],
  h: [time, 3600],
  hr: [time, 3600],
  hour: [time, 3600],
  day: [time, 86400],
  week: [time, 604800],
  ms: [time, 1, 1000],
  millisecond: [time, 1, 1000],
  month: [{ month: 1 }, 1],
  year: [{ month: 1 }, 12],
  L: [volume, 1, 1000],
  l: [volume, 1, 1000],
  liter: [volume, 1, 1000],
  litre: [volume, 1, 1000],
  mL: [volume, 1, 1000000],
  ml: [volume, 1, 1000000],
  milliliter: [volume, 1, 1000000],
  millilitre: [volume, 1, 1000000],
  N: [{ M: 1, L: 1, T: -2 }, 1],
  newton: [{ M: 1, L: 1, T: -2 }, 1],
  J: [{ M: 1, L: 2, T: -2 }, 1],
  joule: [{ M: 1, L: 2, T: -2 }, 1],
  kJ: [{ M: 1, L: 2, T: -2 }, 1000],
  W: [{ M: 1, L: 2, T: -3 }, 1],
  watt: [{ M: 1, L: 2, T: -3 }, 1],
  kW: [{ M: 1, L: 2, T: -3 }, 1000],
  Pa: [{ M: 1, L: -1, T: -2 }, 1],
  kPa: [{ M: 1, L: -1, T: -2 }, 1000],
  Hz: [{ T: -1 }, 1],
  kHz: [{ T: -1 }, 1000],
  MHz: [{ T: -1 }, 1000000],
  mph: [{ L: 1, T: -1 }, 1609344, 3600000],
  kph: [{ L: 1, T: -1 }, 1000, 3600],
  kmh: [{ L: 1, T: -1 }, 1000, 3600],
  rad: [{ angle: 1 }, 1],
  radian: [{ angle: 1 }, 1],
  dollar: [money("USD"), 1],
  usd: [money("USD"), 1],
  USD: [money("USD"), 1],
  buck: [money("USD"), 1],
  cent: [money("USD"), 1, 100],
  "¢": [money("USD"), 1, 100],
  euro: [money("EUR"), 1],
  EUR: [money("EUR"), 1],
  eur: [money("EUR"), 1],
  "€": [money("EUR"), 1],
  "£": [money("GBP"), 1],
  GBP: [money("GBP"), 1],
  "¥": [money("CNY"), 1],
  yuan: [money("CNY"), 1],
  rupee: [money("INR"), 1],
  "₹": [money("INR"), 1],
};

const irregular: Readonly<Record<string, string>> = { inches: "inch", feet: "feet", pence: "penny", lbs: "lb" };

function entryOf(word: string): Entry | undefined {
  if (Object.hasOwn(table, word)) return table[word];
  const lower = word.toLowerCase();
  const known = irregular[lower] ?? lower;
  if (word.length < 3) return undefined;
  if (Object.hasOwn(table, known)) return table[known];
  if (known.endsWith("s") && Object.hasOwn(table, known.slice(0, -1)) && known.length > 3)
    return table[known.slice(0, -1)];
  return undefined;
}

/** Is the word a unit that is known by its full or short name? */
export function isUnit(word: string): boolean {
  return entryOf(word) !== undefined || /^deg(?:ree)?s?$/i.test(word);
}

const degree: Unit = { name: "°", dimension: "angle1", factor: [1n, 1n], piOver: 180n };
export const DEGREE = degree;
/** A percent word is no unit; see the percent policy. */
export const percentWord = /^(?:percent|pct|percentage|percents)$/i;

const powers: Readonly<Record<string, number>> = { square: 2, sq: 2, squared: 2, cubic: 3, cu: 3, cubed: 3 };

/**
 * The unit that a phrase names: `cm`, `square meters`, `cm^2`, `miles per hour`, `m/s^2`, `kg m s^-2`.
 * Words that are not known give a unit without dimension; such a unit agrees with any other.
 */
export function unitOf(phrase: string): Unit {
  const name = phrase.trim().replace(/\s+/g, " ").slice(0, 80);
  if (/^deg(?:ree)?s?$/i.test(name)) return degree;
  const dimension: Record<string, number> = {};
  let n = 1n;
  let d = 1n;
  let sign = 1;
  let next = 1;
  let known = false;
  let last: { entry: Entry; sign: number } | undefined;
  const apply = (entry: Entry, exponent: number): void => {
    for (const [key, value] of Object.entries(entry[0])) dimension[key] = (dimension[key] ?? 0) + value * exponent;
    for (let i = 0; i < Math.abs(exponent); i++) {
      const up = BigInt(exponent > 0 ? entry[1] : (entry[2] ?? 1));
      const down = BigInt(exponent > 0 ? (entry[2] ?? 1) : entry[1]);
      n *= up;
      d *= down;
    }
  };
  for (const match of name.slice(0, 80).matchAll(/[A-Za-z¢€£¥₹]+|\/|\^\s?\{?(-?\d)\}?/g)) {
    const word = match[0];
    if (word === "/" || word === "per") {
      sign = -1;
      continue;
    }
    if (word.startsWith("^")) {
      const exponent = Number(match[1]);
      if (last !== undefined && Math.abs(exponent) <= 6) apply(last.entry, last.sign * (exponent - 1));
      continue;
    }
    if (powers[word] !== undefined) {
      if (word.endsWith("ed") && last !== undefined) apply(last.entry, last.sign * (powers[word]! - 1));
      else next = powers[word]!;
      continue;
    }
    const entry = entryOf(word);
    if (entry === undefined) {
      // an unknown word makes the whole phrase unknown: "5 apples per day"
      return { name, dimension: undefined, factor: [1n, 1n] };
    }
    known = true;
    apply(entry, sign * next);
    last = { entry, sign: sign * next };
    next = 1;
  }
  if (!known) return { name, dimension: undefined, factor: [1n, 1n] };
  const text = Object.entries(dimension)
    .filter(([, value]) => value !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}${value}`)
    .join(" ");
  return { name, dimension: text, factor: [n, d] };
}
