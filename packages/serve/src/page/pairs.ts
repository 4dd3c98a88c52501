import { relative, sep } from "node:path";
import { isScored, type Labels, type Score } from "laurel/core";
import { nativeRow } from "laurel/io";
import { z } from "zod";
import type { Exchange } from "../http/exchange.ts";
import { type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import { isSwapped, LabelBook } from "./label-book.ts";
import type { PageParts } from "./parts.ts";
import { fileQuery, mapQuery, needed, pageOf, pageQuery, stampOf, textOf } from "./queries.ts";
import type { PairPlace } from "./row-queries.ts";
import { isBad, isDisputed, type PairState, pairKey } from "./votes.ts";

const rater = z.string().trim().min(1).max(100);
const voteId = z.string().min(8).max(100);
const raterQuery = {
  schema: z.string().max(100),
  description: "who looks: what others said is kept back until they have voted",
};
const scoresQuery = { schema: z.string(), description: "scores of the same tasks" };
const kinds = ["labelled", "disputed", "bad", "settled"] as const;
const pairShape = z.looseObject({ k: z.int(), id: z.string(), first: z.int(), second: z.int() });

/** Pairs of candidates, looked at and labelled by people. */
export function pairOperations(parts: PageParts): Operation[] {
  const { workspace, index, analysis } = parts;
  const books = new Map<string, Promise<LabelBook>>();
  const bookOf = (file: string, map: string | undefined): Promise<LabelBook> => {
    const source = workspace.resolve(file);
    const key = `${source}\n${map ?? ""}`;
    let known = books.get(key);
    if (known === undefined) {
      known = (async () => {
        const book = new LabelBook(source, index, map);
        await writing(() => book.settle());
        return book;
      })();
      books.set(key, known);
      known.catch(() => books.delete(key));
    }
    return known;
  };
  const asked = (exchange: Exchange): Promise<LabelBook> => bookOf(needed(exchange, "file"), textOf(exchange, "map"));
  const below = (path: string): string => relative(workspace.folder, path).split(sep).join("/");

  /** What is shown of a pair: without a rater all of it, to a rater only the texts until there is a vote of theirs. */
  const shown = async (exchange: Exchange, book: LabelBook, place: PairPlace) => {
    const who = textOf(exchange, "rater");
    const { id, first, second } = place;
    const key = pairKey(id, first, second);
    const state = (await book.votes()).of(key);
    const mine = state?.votes.find((one) => one.rater === who);
    const open =
      who === undefined || mine !== undefined || state?.final !== undefined || textOf(exchange, "blind") === "no";
    const example = (await index.exampleById(book.source, id, textOf(exchange, "map")))!;
    const { labels: _, candidates, ...row } = nativeRow(example);
    const list = candidates as readonly unknown[];
    return {
      ...place,
      swapped: who === undefined ? false : isSwapped(who, key),
      prompt: row["prompt"],
      candidates: [list[first], list[second]],
      more: { reference: row["reference"], context: row["context"], subsets: row["subsets"] },
      mine: mine ?? null,
      open,
      state: open ? stateOf(state) : null,
      labels: open ? labelsOn(example.labels, first, second) : null,
      scores: open ? await scoresOn(exchange, id, first, second) : null,
    };
  };
  const scoresOn = async (exchange: Exchange, id: string, first: number, second: number) => {
    const file = textOf(exchange, "scores");
    if (file === undefined) return null;
    const row = await index.scoresOf(workspace.resolve(file), id);
    const [a, b] = [row?.scores[first], row?.scores[second]];
    if (a === undefined || b === undefined) return null;
    return { scores: [a, b], margin: marginOf(a, b) };
  };

  return [
    operation({
      method: "get",
      paths: ["/v1/pairs"],
      summary: "How far a file's pairs are labelled, and by whom",
      tag: "page",
      query: { file: fileQuery, map: mapQuery },
      answer: z.looseObject({ pairs: z.int() }),
      async handle(exchange) {
        const book = await asked(exchange);
        return { ...(await book.progress()), journal: below(book.journal), out: below(book.out) };
      },
    }),
    operation({
      method: "get",
      paths: ["/v1/pairs/next"],
      summary: "The next pair for a rater, blind; null where there is none left",
      tag: "page",
      query: {
        file: fileQuery,
        map: mapQuery,
        rater: { schema: rater, description: "who labels" },
        tab: { schema: z.string().max(100), description: "which of the rater's tabs: two get different pairs" },
        per: {
          schema: z.int().min(0).max(100),
          description: "raters a pair that are enough; default 0: every rater labels all",
        },
      },
      answer: z.object({ pair: pairShape.nullable() }),
      async handle(exchange) {
        const book = await asked(exchange);
        const place = await book.next(
          needed(exchange, "rater").trim(),
          textOf(exchange, "tab") ?? "",
          Number(exchange.query["per"] ?? 0),
        );
        return { pair: place === undefined ? null : await shown(exchange, book, place) };
      },
    }),
    operation({
      method: "get",
      paths: ["/v1/pairs/pair"],
      summary: "One pair: texts, and to who may see them also votes, labels, scores and margin",
      tag: "page",
      query: {
        file: fileQuery,
        map: mapQuery,
        k: { schema: z.int().min(0), description: "its place among the file's pairs" },
        rater: raterQuery,
        blind: { schema: z.enum(["yes", "no"]), description: "no: show everything, as for settling a dispute" },
        scores: scoresQuery,
      },
      answer: z.object({ pair: pairShape }),
      async handle(exchange) {
        const book = await asked(exchange);
        const [place] = await index.pairPlaces(
          book.source,
          Number(exchange.query["k"] ?? 0),
          1,
          textOf(exchange, "map"),
        );
        if (place === undefined) throw new Problem(404, "no-such-pair", "there is no such pair in the file");
        return { pair: await shown(exchange, book, place) };
      },
    }),
    operation({
      method: "get",
      paths: ["/v1/pairs/list"],
      summary: "Pairs of a file by page: all, or labelled, disputed, bad or settled ones",
      tag: "page",
      query: {
        file: fileQuery,
        map: mapQuery,
        ...pageQuery,
        kind: { schema: z.enum(["all", ...kinds]), description: "default all" },
      },
      answer: z.object({ total: z.int(), offset: z.int(), rows: z.array(pairShape) }),
      async handle(exchange) {
        const book = await asked(exchange);
        const map = textOf(exchange, "map");
        const { offset, limit } = pageOf(exchange);
        const kind = textOf(exchange, "kind") ?? "all";
        if (kind === "all") {
          const places = await index.pairPlaces(book.source, offset, limit, map);
          const votes = await book.votes();
          const rows = places.map((one) => ({
            ...one,
            n: one.k,
            state: stateOf(votes.of(pairKey(one.id, one.first, one.second))),
          }));
          return { total: await index.countPairs(book.source, map), offset, rows };
        }
        const states = await book.listed(kind as (typeof kinds)[number]);
        const placed: (PairPlace & { state: PairState })[] = [];
        for (const state of states) {
          const place = await index.pairAt(book.source, state.id, state.first, state.second, map);
          if (place !== undefined) placed.push({ ...place, state });
        }
        placed.sort((a, b) => a.k - b.k);
        const rows = placed
          .slice(offset, offset + limit)
          .map((one) => ({ ...one, n: one.k, state: stateOf(one.state) }));
        return { total: placed.length, offset, rows };
      },
    }),
    operation({
      method: "post",
      paths: ["/v1/pairs/vote"],
      summary:
        "Write a vote. Once this answers, it is on the disk and in the labelled rows; sent twice, it counts once.",
      tag: "page",
      body: z.strictObject({
        file: z.string(),
        map: z.string().optional(),
        vote: voteId,
        rater,
        id: z.string(),
        first: z.int().min(0),
        second: z.int().min(0),
        verdict: z.enum(["a", "b", "tie", "bad", "skip"]),
        swapped: z.boolean(),
        final: z.boolean().optional(),
      }),
      answer: z.looseObject({ pairs: z.int() }),
      failures: [404, 409],
      async handle(_, { file, map, ...vote }) {
        const book = await bookOf(file, map);
        await writing(() => book.vote(vote));
        return book.progress();
      },
    }),
    operation({
      method: "post",
      paths: ["/v1/pairs/undo"],
      summary: "Take back a rater's last vote, or the one that is named",
      tag: "page",
      body: z.strictObject({
        file: z.string(),
        map: z.string().optional(),
        vote: voteId,
        rater,
        undo: z.string().optional(),
      }),
      answer: z.looseObject({ pair: pairShape.nullable() }),
      failures: [409],
      async handle(_, { file, map, vote, rater: who, undo }) {
        const book = await bookOf(file, map);
        const { id, first, second } = await writing(() => book.undo(who, vote, undo));
        return {
          pair: (await index.pairAt(book.source, id, first, second, map)) ?? null,
          progress: await book.progress(),
        };
      },
    }),
    operation({
      method: "get",
      paths: ["/v1/pairs/agreement"],
      summary: "How far the raters agree, with intervals, and how far scores agree with them",
      tag: "page",
      query: { file: fileQuery, map: mapQuery, scores: scoresQuery },
      answer: z.looseObject({}),
      async handle(exchange) {
        const book = await asked(exchange);
        const votes = await book.votes();
        if (votes.progress().length === 0)
          return { raters: { none: "nobody has voted yet" }, kappas: [], reward: { none: "nobody has voted yet" } };
        const file = textOf(exchange, "scores");
        const scores = file === undefined ? undefined : workspace.resolve(file);
        const options = { journal: book.journal, labelled: book.out, scores };
        return analysis.of("labels", options, await stampOf(book.journal, scores));
      },
    }),
  ];
}

/** The votes on a pair as clients read them. */
function stateOf(state: PairState | undefined) {
  if (state === undefined) return { votes: [], final: null, disputed: false, bad: false };
  return {
    votes: state.votes.map(({ rater: who, verdict, at }) => ({ rater: who, verdict, at })),
    final:
      state.final === undefined ? null : { rater: state.final.rater, verdict: state.final.verdict, at: state.final.at },
    disputed: isDisputed(state),
    bad: isBad(state),
  };
}

/** What the file's own labels say about a pair. */
function labelsOn({ preferred, correct, value }: Labels, first: number, second: number) {
  return {
    preferred: (preferred ?? [])
      .filter((one) => [one.first, one.second].every((at) => at === first || at === second))
      .map((one) => ({ rater: one.rater ?? null, p: one.first === first ? one.p : 1 - one.p })),
    correct: correct === undefined ? null : [correct[first] ?? null, correct[second] ?? null],
    value: value === undefined ? null : [value[first] ?? null, value[second] ?? null],
  };
}

function marginOf(a: Score, b: Score): number | null {
  return isScored(a) && isScored(b) ? a.value - b.value : null;
}

/** Runs what writes; where the folder cannot be written, the client is told so. */
async function writing<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT")
      throw new Problem(503, "disk-full", "there is no space left for the vote");
    if (code === "EACCES" || code === "EROFS" || code === "EPERM")
      throw new Problem(503, "not-writable", "the folder cannot be written, so votes cannot be kept");
    throw thrown;
  }
}
