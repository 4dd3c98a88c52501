import { z } from "zod";
import { type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import type { Watch } from "../watch/watch.ts";

const shadow = z.object({ name: z.string().nullable(), waiting: z.int() }).nullable();

/** What is seen of served rewards while others train with them. */
export function watchOperations(watch: Watch): Operation[] {
  const missing = (id: string): Problem =>
    new Problem(404, "no-such-reward", `there is no reward "${id.slice(0, 100)}"`);
  return [
    operation({
      method: "get",
      paths: ["/v1/watch"],
      summary: "The rewards that are watched, with their shadows",
      tag: "page",
      answer: z.object({ rewards: z.array(z.object({ id: z.string(), shadow })) }),
      handle: () => ({ rewards: watch.list() }),
    }),
    operation({
      method: "get",
      paths: ["/v1/watch/{reward}"],
      summary: "Rate, latency, scores, lengths, repetition, the shadow's disagreement, and alarms",
      tag: "page",
      query: {
        span: {
          schema: z.enum(["fine", "coarse"]),
          description: "10 seconds a point for an hour, or 5 minutes for two days",
        },
      },
      answer: z.looseObject({ id: z.string(), shadow, points: z.array(z.looseObject({ at: z.number() })) }),
      failures: [404],
      handle: ({ path, query }) => {
        const id = path["reward"]!;
        const view = watch.view(id, (query["span"] as "fine" | "coarse" | undefined) ?? "fine");
        if (view === undefined) throw missing(id);
        return view;
      },
    }),
    operation({
      method: "post",
      paths: ["/v1/watch/{reward}/reset"],
      summary:
        "Begin anew, as for another training: the first answers from now on are what later ones are held against",
      tag: "page",
      body: z.strictObject({}),
      answer: z.object({ id: z.string() }),
      failures: [404],
      handle: ({ path }) => {
        const id = path["reward"]!;
        if (!watch.reset(id)) throw missing(id);
        return { id };
      },
    }),
  ];
}
