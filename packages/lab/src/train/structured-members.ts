import { type Seed, split, UsageError } from "laurel";
import type { Tensor } from "laurel/io";
import {
  type CriteriaTreeConfig,
  type EmbeddingConfig,
  type GatedConfig,
  type MixtureConfig,
  treeCriteria,
} from "laurel/rewards/learned";
import { proportionEstimate } from "laurel/stats";
import { debias, transformed } from "./debias.ts";
import { embeddingReward } from "./embedding.ts";
import type { FeatureTable } from "./feature-table.ts";
import type { Validated } from "./fit.ts";
import { gateReward } from "./fit-gate.ts";
import { mixtureReward } from "./fit-mixture.ts";
import { gateNetwork } from "./gate-network.ts";
import { type TreeSide, treeModel } from "./hierarchical.ts";
import type { Prepared } from "./prepare.ts";
import { objectivesOf, ridgeObjectives } from "./ridge.ts";
import { servedHead } from "./served-head.ts";
import type { TrainableReward } from "./trainable.ts";

/** A model, how it is validated, and its tensors at the end. */
export interface Made {
  model: TrainableReward;
  validate(theta: Float64Array): Validated;
  finish(theta: Float64Array): { weights: ReadonlyMap<string, Tensor>; temperature: number };
}

/** Features in rows, scaled to a mean square of 1, with the scale: heads without an intercept cannot be centred. */
interface Scaled {
  rows(indices: ArrayLike<number>): Float64Array;
  scale: number;
}

/** What one of these heads is to the loop: its model and its tensors. */
interface Structured {
  model: TrainableReward;
  tensors(theta: Float64Array): Map<string, Tensor>;
}

/**
 * One seed of a head with parts, or undefined for a head of another kind.
 *
 * gated: ridge from the training part's ratings, then the gate from its pairs. mixture, embedding: their likelihoods of pairs.
 * criteria-tree: the whole of its three losses at once, since early stopping by validation decides when to end. Pairs are hard and weighed
 * alike: ties are left out, soft labels, margins and strengths are not read.
 */
export function structuredMember(prepared: Prepared, seed: Seed): Made | undefined {
  const { kind } = prepared.head.config;
  const make = members[kind];
  if (make === undefined) return undefined;
  const given = Object.entries(prepared.objectiveSettings).find(
    ([name, value]) => value !== prepared.objective.settings[name]!.default,
  );
  if (given !== undefined)
    throw new UsageError(
      `a ${kind} head has a loss of its own, which does not take ${given[0]}`,
      `leave ${given[0]} out`,
    );
  const { pairs } = prepared.data;
  const { model, tensors } = make(prepared, seed);
  const ties = pairs.labels.tie;
  const decided = (batch: Int32Array): Int32Array =>
    ties === undefined ? batch : batch.filter((row) => ties[row] === 0);
  const own: TrainableReward = {
    ...model,
    loss(theta, batch, gradient) {
      const rows = decided(batch);
      return rows.length === 0 ? 0 : model.loss(theta, rows, gradient);
    },
  };
  const held = decided(prepared.rows.validation);
  return {
    model: own,
    validate(theta) {
      const { gap } = servedHead(prepared, prepared.head.config, tensors(theta));
      const right = Array.from(held, (row) => (1 + Math.sign(gap(pairs.chosen[row]!, pairs.rejected[row]!))) / 2);
      const clusters = Array.from(held, (row) => pairs.group[row]!);
      return {
        loss: own.loss(theta, held),
        accuracy: new Set(clusters).size < 2 ? undefined : proportionEstimate(right, { clusters }),
      };
    },
    finish: (theta) => ({ weights: tensors(theta), temperature: 1 }),
  };
}

/** What of the pairs' labels a head with parts does not read, for the notes of its training; nothing for other heads. */
export function unreadLabels({ head, data }: Prepared): string[] {
  if (members[head.config.kind] === undefined) return [];
  const { strength, target, margin, tie } = data.pairs.labels;
  const given = Object.entries({ strengths: strength, "soft labels": target, margins: margin, ties: tie });
  const unread = given.filter(([, list]) => list !== undefined).map(([name]) => name);
  return unread.length === 0
    ? []
    : [
        `a ${head.config.kind} head takes its pairs as certain and alike: it does not read the rows' ${unread.join(", ")}`,
      ];
}

const members: Readonly<Record<string, (prepared: Prepared, seed: Seed) => Structured>> = {
  gated(prepared, seed) {
    const config = prepared.head.config as never as GatedConfig;
    const { data, parts } = prepared;
    const { ratings, pairs } = data;
    const [table, prompts] = [scaled(prepared.table), scaled(prepared.promptTable!)];
    const rows = Array.from(ratings.item.keys()).filter((row) => parts[ratings.group[row]!] === "train");
    const columns = config.names.map((name) => ratings.names.indexOf(name));
    const model = ridgeObjectives(
      {
        features: table.rows(rows.map((row) => ratings.item[row]!)),
        dim: config.dim,
        ratings: Float64Array.from(
          rows.flatMap((row) => columns.map((k) => ratings.values[row * ratings.names.length + k]!)),
        ),
        names: config.names,
        prompts: rows.map((row) => ratings.group[row]!),
      },
      { seed: split(seed, "ridge") },
    );
    const [won, lost] = [
      objectivesOf(model, table.rows(pairs.chosen)),
      objectivesOf(model, table.rows(pairs.rejected)),
    ];
    const against = prepared.head.targets[0];
    const transform =
      against === undefined
        ? undefined
        : debias(objectivesOf(model, table.rows(rows.map((row) => ratings.item[row]!))), config.names, { against })
            .transform;
    const after = (r: Float64Array): Float64Array => (transform === undefined ? r : transformed(r, transform));
    const network = gateNetwork({
      form: "prompt",
      prompt: config.prompt,
      hidden: config.hidden,
      groups: [config.names.length],
      temperature: config.temperature,
    });
    const gate = gateReward({ chosen: after(won), rejected: after(lost), prompts: prompts.rows(pairs.group) }, network);
    return {
      model: gate,
      tensors(theta) {
        const made = folded(network.tensors(theta, "gate."), prompts.scale, "gate.");
        const k = config.names.length;
        made.set("objectives.weight", tensor([k, config.dim], model.weights, table.scale));
        if (transform !== undefined) made.set("transform", tensor([k, k], transform));
        return made;
      },
    };
  },
  mixture(prepared) {
    const config = prepared.head.config as never as MixtureConfig;
    const { pairs } = prepared.data;
    const [table, prompts] = [scaled(prepared.table), scaled(prepared.promptTable!)];
    const [won, lost] = [table.rows(pairs.chosen), table.rows(pairs.rejected)];
    const model = mixtureReward(
      {
        differences: won.map((x, at) => x - lost[at]!),
        dim: config.dim,
        contexts: prompts.rows(pairs.group),
        context: config.prompt,
      },
      { heads: config.names.length, balance: prepared.head.levels[0] },
    );
    return {
      model,
      tensors(theta) {
        const made = folded(model.tensors(theta), prompts.scale, "router.");
        const own = made.get("heads.weight")!;
        made.set("heads.weight", tensor(own.shape, own.values, table.scale));
        return made;
      },
    };
  },
  "criteria-tree"(prepared) {
    const config = prepared.head.config as never as CriteriaTreeConfig;
    const { data } = prepared;
    const { pairs } = data;
    const [table, prompts] = [scaled(prepared.table), scaled(prepared.promptTable!)];
    const grades = gradesOf(prepared, config);
    const side = (items: Int32Array): TreeSide => ({
      features: table.rows(items),
      labels: Uint8Array.from([...items].flatMap((item) => [...grades.labels(item)])),
      aspects: Float64Array.from([...items].flatMap((item) => grades.aspects(item))),
      total: Float64Array.from(items, (item) => grades.total(item)),
    });
    const [first, second] = [side(pairs.chosen), side(pairs.rejected)];
    const model = treeModel(
      { aspects: config.aspects },
      {
        first,
        second,
        prompts: prompts.rows(pairs.group),
        aspectPreferences: Int8Array.from(first.aspects, (a, at) => Math.sign(a - second.aspects[at]!)),
        preferences: new Int8Array(pairs.chosen.length).fill(1),
      },
      {
        dim: config.dim,
        prompt: config.prompt,
        hidden: config.hidden[0] ?? 1,
        depth: config.hidden.length,
        temperature: config.temperature,
      },
    );
    return {
      model,
      tensors(theta) {
        const made = folded(
          folded(model.tensors(theta), prompts.scale, "criterion-gate."),
          prompts.scale,
          "aspect-gate.",
        );
        const own = made.get("criteria.weight")!;
        made.set("criteria.weight", tensor(own.shape, own.values, table.scale));
        return made;
      },
    };
  },
  embedding(prepared) {
    const config = prepared.head.config as never as EmbeddingConfig;
    const { pairs } = prepared.data;
    const table = scaled(prepared.table);
    const pick = (items: Int32Array, rows: Int32Array): Float64Array =>
      table.rows(Array.from(rows, (row) => items[row]!));
    const model = embeddingReward(
      (rows) => ({ chosen: pick(pairs.chosen, rows), rejected: pick(pairs.rejected, rows) }),
      { dim: config.components, features: config.dim, tau: config.tau },
    );
    return {
      model,
      tensors(theta) {
        const { weight, bias } = model.unpack(theta);
        return new Map([
          ["embedding.weight", tensor([config.components, config.dim], weight, table.scale)],
          ["embedding.bias", tensor([config.components], bias)],
        ]);
      },
    };
  },
};

/** Labels of items from ratings named `aspect/criterion` (above 0 good, below 0 bad), with aspects and a total where they are rated. */
function gradesOf({ data }: Prepared, config: CriteriaTreeConfig) {
  const { ratings } = data;
  const rowOf = new Map<number, number>();
  for (const [row, item] of ratings.item.entries()) rowOf.set(item, row);
  const rated = (item: number, name: string): number => {
    const [row, k] = [rowOf.get(item), ratings.names.indexOf(name)];
    return row === undefined || k < 0 ? Number.NaN : ratings.values[row * ratings.names.length + k]!;
  };
  const paths = config.aspects.map(({ name, criteria }) => criteria.map((criterion) => `${name}/${criterion}`));
  const mean = (values: readonly number[]): number => {
    const known = values.filter((x) => !Number.isNaN(x));
    return known.length === 0 ? 0 : known.reduce((sum, x) => sum + x, 0) / known.length;
  };
  const aspects = (item: number): number[] =>
    config.aspects.map(({ name }, m) => {
      const own = rated(item, name);
      return Number.isNaN(own) ? mean(paths[m]!.map((path) => rated(item, path)).filter((x) => x !== 0)) : own;
    });
  return {
    labels(item: number): Uint8Array {
      const values = paths.flat().map((path) => rated(item, path));
      return Uint8Array.from({ length: treeCriteria(config).length }, (_, k) =>
        values[k]! > 0 ? 1 : values[k]! < 0 ? 2 : 0,
      );
    },
    aspects,
    total(item: number): number {
      const own = rated(item, "value");
      return Number.isNaN(own) ? mean(aspects(item)) : own;
    },
  };
}

function scaled({ dim, rows, values }: FeatureTable): Scaled {
  let squares = 0;
  for (const x of values) squares += x * x;
  const scale = squares > 0 ? Math.sqrt((rows * dim) / squares) : 1;
  return {
    scale,
    rows(indices) {
      const out = new Float64Array(indices.length * dim);
      for (let i = 0; i < indices.length; i++)
        for (let d = 0, from = indices[i]! * dim; d < dim; d++) out[i * dim + d] = scale * values[from + d]!;
      return out;
    },
  };
}

/** A gate's first layer, so that it reads prompts as they are. */
function folded(weights: ReadonlyMap<string, Tensor>, scale: number, prefix: string): Map<string, Tensor> {
  const out = new Map(weights);
  const name = `${prefix}layers.0.weight`;
  const first = out.get(name);
  if (first !== undefined) out.set(name, tensor(first.shape, first.values, scale));
  return out;
}

function tensor(shape: readonly number[], values: ArrayLike<number>, scale = 1): Tensor {
  return { shape, values: Float32Array.from(values, (x) => scale * x) };
}
