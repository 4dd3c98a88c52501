/** An experiment in which gold turns: what `laurel lab run --example` prints. */
export const exampleExperiment = `# GRPO against a learned reward that can be hacked. Gold rises, turns and falls while the reward goes on rising.
world:
  preset: hackable          # features, and a style that raters like in measure; also bandit, curved, or a paper's slug
  options:
    properties: 1
    exploits: { share: 0.03, goldDrop: 6 }
  prompts: 64
  candidates: 64
policy: table               # a logit for each candidate; or log-linear, on features and style
algorithm:
  name: grpo                # or rloo, reinforce, ppo, rejection
  rate: 0.1                 # Adam's step size; the other settings are the algorithm's own
  group: 8
  batch: 16
  beta: 0                   # of the KL penalty
reward:
  kind: learned             # a Bradley-Terry head trained on pairs of this world; or gold; or any kind of laurel kinds, on texts
  pairs: 2000
  slope: 2
  l2: 1
  raise: 5                  # its errors on exploits, which the pairs never showed: Exp(1) times this
  # shape: { kind: preference-as-reward, references: 10 }
seeds: 8
steps: 240
every: 3                    # updates from one look to the next
`;
