/** What is known of English beforehand where sentences are told apart: abbreviations and words that are rarely names. */
export interface English {
  /** In lower case, without the last full stop. */
  readonly abbreviations: ReadonlySet<string>;
  /** Words that open a sentence when they have a capital after an abbreviation or dots. */
  readonly starters: ReadonlySet<string>;
  /** Words that have a capital only where a sentence starts. */
  readonly common: ReadonlySet<string>;
}

const words = (...lists: string[]): ReadonlySet<string> => new Set(lists.join(" ").split(" "));

const TITLES =
  "mr mrs ms mx messrs dr prof rev hon st sr jr gen col maj capt cmdr lt sgt cpl pvt adm gov sen rep reps sens supt insp esq";
const DEGREES = "ph.d m.d b.a m.a b.s m.s";
const CALENDAR = "a.m p.m a.d b.c jan feb apr jun jul aug sep sept oct nov dec tue tues thu thur thurs";
const PLACES =
  "u.s u.k u.n u.s.a d.c l.a n.y ave blvd rd ln hwy sq mt ft apt bldg ala ariz calif colo conn fla ga ky md mich minn mo mont neb nev okla tenn tex va vt wis wyo";
const FIRMS = "inc ltd co cos corp bros assn assoc dept mfg intl natl govt univ";
const LATIN = "etc vs cf viz al ibid approx ca";
const MEASURES = "lb lbs oz qt tsp tbsp hr hrs mph";
const WRITING = "ed eds misc tel ext attn encl";

const DETERMINERS =
  "the a an this that these those my your his her its our their some any each every either neither both all most many few several another such other no";
const PRONOUNS =
  "he she it we they you one who whom whose which what someone everyone anyone nobody everybody something anything everything nothing him them us me himself herself itself themselves ourselves";
const CONNECTIVES =
  "and but or nor so yet if because although though while since after before until unless as when where why how whether once than then also however therefore moreover furthermore nevertheless meanwhile instead otherwise thus hence besides still even only just finally additionally similarly consequently indeed perhaps maybe";
const PREPOSITIONS =
  "in on at by with without from to of about over under above below between among during through throughout across against along around behind beside beyond despite inside into near off onto out outside per toward towards up down upon within for like";
const AUXILIARIES =
  "is are was were be been being am do does did done have has had having can could will would shall should might must cannot let";
const ADVERBS =
  "not never always often sometimes usually here there now today tomorrow yesterday again already almost very too quite rather first second third next last later soon well yes please overall together";
const VERBS =
  "go goes going went see saw look looking make makes making made get gets getting take takes taking come comes give gives giving keep find know think say said says ask use using used try add start remember consider choose visit call write read learn help need want feel work play run eat drink buy pay show tell bring put turn leave stay follow check avoid believe become live love enjoy create";
const NOUNS =
  "people person man woman child children day days time year years week month thing things way life water food house money company government country countries city world school student students work number numbers part place case question problem idea name word words example reason result friend friends family book story team group";
const ADJECTIVES =
  "good better best bad great small large big little long short high low old young early late important different same able available possible easy hard free full clear sure true whole own";
const NUMERALS = "two three four five six seven eight nine ten hundred thousand million";

/** Written for this file from general knowledge of English; no learned parameters. */
export const ENGLISH: English = {
  abbreviations: words(TITLES, DEGREES, CALENDAR, PLACES, FIRMS, LATIN, MEASURES, WRITING),
  starters: words("i i'm i've i'll it's he's she's that's there's what's let's we're they're you're don't"),
  common: words(
    DETERMINERS,
    PRONOUNS,
    CONNECTIVES,
    PREPOSITIONS,
    AUXILIARIES,
    ADVERBS,
    VERBS,
    NOUNS,
    ADJECTIVES,
    NUMERALS,
  ),
};
