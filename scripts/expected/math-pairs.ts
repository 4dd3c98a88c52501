import { equivalent, mathCases } from "../../packages/laurel/src/rewards/verify/math/index.ts";

// node scripts/expected/math-pairs.ts | python scripts/expected/math-differential.py REWARD_SCORE_FOLDER > test/expected/math/differential.json
for (const one of mathCases({ count: 456, seed: "differential", dress: false }))
  console.log(JSON.stringify({ ...one, laurel: equivalent(one.input.gold, one.input.candidate).equal === true }));
