/** Which capability a paper's claim is checked under. */
export type Capability =
  | "bench"
  | "curation"
  | "evaluation"
  | "judges"
  | "lab"
  | "learned"
  | "policy"
  | "process"
  | "worlds";

/** A paper of the list, with the component that Laurel has of it, where it has one. */
export interface PaperRow {
  slug: string;
  title: string;
  capability: Capability;
  /** What a user calls: kinds of specs, or exported functions. Of a checked paper its own file says it. */
  component?: readonly string[];
}

/** The 91 papers, in the order of the list. */
export const paperRows: readonly PaperRow[] = [
  {
    slug: "ixc-reward",
    title: "InternLM-XComposer2.5-Reward: A Simple Yet Effective Multi-Modal Reward Model",
    capability: "learned",
  },
  {
    slug: "rm-r1",
    title: "RM-R1: Reward Modeling as Reasoning",
    capability: "policy",
    component: ["verify.verdict", "verdictValue", "judge.reasoning", "reasoningJudge", "repairChains"],
  },
  {
    slug: "skywork-reward-v2",
    title: "Skywork-Reward-V2: Scaling Preference Data Curation via Human-AI Synergy",
    capability: "curation",
  },
  {
    slug: "rewardbench-2",
    title: "RewardBench 2: Advancing Reward Model Evaluation",
    capability: "bench",
  },
  {
    slug: "dreamprm",
    title: "DreamPRM: Domain-Reweighted Process Reward Model for Multimodal Reasoning",
    capability: "process",
  },
  {
    slug: "r1-reward",
    title: "R1-Reward: Training Multimodal Reward Model Through Stable Reinforcement Learning",
    capability: "policy",
    component: ["verify.judgement", "verify.verdict", "judge.reasoning"],
  },
  {
    slug: "pure",
    title: "Stop Summation: Min-Form Credit Assignment Is All Process Reward Model Needs for Reasoning",
    capability: "policy",
    component: ["aggregateSteps", "stepwise"],
  },
  {
    slug: "bleuberi",
    title: "BLEUBERI: BLEU is a surprisingly effective reward for instruction following",
    capability: "policy",
    component: ["reference.bleuberi", "bleuberiBleu"],
  },
  {
    slug: "prlcoder",
    title: "Process-Supervised Reinforcement Learning for Code Generation",
    capability: "policy",
    component: [
      "verify.code",
      "verify.codeOutcome",
      "lineReward",
      "lineDataset",
      "mutateLines",
      "labelLines",
      "ruleMutator",
    ],
  },
  {
    slug: "mm-prm",
    title: "MM-PRM: Enhancing Multimodal Mathematical Reasoning with Scalable Step-Level Supervision",
    capability: "process",
  },
  {
    slug: "mm-rlhf",
    title: "MM-RLHF: The Next Step Forward in Multimodal LLM Alignment",
    capability: "policy",
  },
  {
    slug: "vas",
    title: "Value Augmented Sampling for Language Model Alignment and Personalization",
    capability: "process",
  },
  { slug: "flr", title: "Aligning Language Models Using Follow-up Likelihood as Reward Signal", capability: "judges" },
  {
    slug: "irepo",
    title: "$i$REPO: $i$mplicit Reward Pairwise Difference based Empirical Preference Optimization",
    capability: "lab",
  },
  {
    slug: "pairwise-rl",
    title: "A Unified Pairwise Framework for RLHF: Bridging Generative Reward Modeling and Policy Optimization",
    capability: "policy",
    component: ["judge.pairwise", "debiased"],
  },
  {
    slug: "ecad",
    title: "Evolutionary Caching to Accelerate Your Off-the-Shelf Diffusion Model",
    capability: "worlds",
  },
  {
    slug: "rewardmath",
    title: "Evaluating Robustness of Reward Models for Mathematical Reasoning",
    capability: "bench",
  },
  {
    slug: "thinkprm",
    title: "Process Reward Models That Think",
    capability: "process",
    component: ["judge.critique", "generativeStepReward", "stepCritic"],
  },
  {
    slug: "goal-conditioned-rm",
    title: "Learning Goal-Conditioned Representations for Language Reward Models",
    capability: "learned",
  },
  {
    slug: "vlrmbench",
    title: "VLRMBench: A Comprehensive and Challenging Benchmark for Vision-Language Reward Models",
    capability: "bench",
  },
  {
    slug: "mj-bench",
    title: "MJ-Bench: Is Your Multimodal Reward Model Really a Good Judge for Text-to-Image Generation?",
    capability: "bench",
  },
  {
    slug: "polar",
    title: "Pre-Trained Policy Discriminators are General Reward Models",
    capability: "learned",
  },
  {
    slug: "reno",
    title: "ReNO: Enhancing One-step Text-to-Image Models through Reward-based Noise Optimization",
    capability: "worlds",
  },
  {
    slug: "vilbench",
    title: "ViLBench: A Suite for Vision-Language Process Reward Modeling",
    capability: "bench",
  },
  {
    slug: "mj-video",
    title: "MJ-VIDEO: Fine-Grained Benchmarking and Rewarding Video Preferences in Video Generation",
    capability: "learned",
  },
  {
    slug: "clip-delta",
    title: "On Designing Effective RL Reward at Training Time for LLM Reasoning",
    capability: "policy",
    component: ["clipSteps", "deltaSteps", "chainSteps", "withSuccess"],
  },
  {
    slug: "litbench",
    title: "LitBench: A Benchmark and Dataset for Reliable Evaluation of Creative Writing",
    capability: "curation",
    component: ["judge.writing", "writingJudge"],
  },
  {
    slug: "prometheus",
    title: "Prometheus: Inducing Fine-grained Evaluation Capability in Language Models",
    capability: "judges",
  },
  {
    slug: "gpm",
    title: "General Preference Modeling with Preference Representations for Aligning Language Models",
    capability: "learned",
  },
  { slug: "gapo", title: "Aligning Anime Video Generation with Human Feedback", capability: "lab" },
  {
    slug: "judgebench",
    title: "JudgeBench: A Benchmark for Evaluating LLM-based Judges",
    capability: "bench",
  },
  {
    slug: "coig-p",
    title: "COIG-P: A High-Quality and Large-Scale Chinese Preference Dataset for Alignment with Human Values",
    capability: "curation",
  },
  { slug: "themis", title: "Tool-Augmented Reward Modeling", capability: "judges" },
  {
    slug: "m-rewardbench",
    title: "M-RewardBench: Evaluating Reward Models in Multilingual Settings",
    capability: "bench",
  },
  {
    slug: "morec",
    title: "Reward-Consistent Dynamics Models are Strongly Generalizable for Offline Reinforcement Learning",
    capability: "worlds",
  },
  {
    slug: "rewardanything",
    title: "RewardAnything: Generalizable Principle-Following Reward Models",
    capability: "judges",
  },
  {
    slug: "lines",
    title: "LiNeS: Post-training Layer Scaling Prevents Forgetting and Enhances Model Merging",
    capability: "learned",
  },
  {
    slug: "helpsteer2-preference",
    title: "HelpSteer2-Preference: Complementing Ratings with Preferences",
    capability: "learned",
  },
  {
    slug: "toolrl",
    title: "ToolRL: Reward is All Tool Learning Needs",
    capability: "policy",
    component: ["verify.tools", "toolRlCorrectness", "toolRlFormat", "toolRlScales"],
  },
  {
    slug: "racro",
    title: "Perceptual Decoupling for Scalable Multi-modal Reasoning via Reward-Optimized Captioning",
    capability: "policy",
    component: ["judge.downstream", "downstreamReward"],
  },
  {
    slug: "perception-r1",
    title:
      "Advancing Multimodal Reasoning Capabilities of Multimodal Large Language Models via Visual Perception Reward",
    capability: "policy",
    component: [
      "verify.match",
      "perceptionReward",
      "verify.repetition",
      "mcnemar",
      "judge.facts",
      "factCoverage",
      "verify.perception",
      "extractFacts",
    ],
  },
  {
    slug: "vl-rewardbench",
    title: "VLRewardBench: A Challenging Benchmark for Vision-Language Generative Reward Models",
    capability: "bench",
  },
  {
    slug: "secrets-rlhf-2",
    title: "Secrets of RLHF in Large Language Models Part II: Reward Modeling",
    capability: "learned",
  },
  {
    slug: "noisy-rewards",
    title: "The Climb Carves Wisdom Deeper Than the Summit: On the Noisy Rewards in Learning to Reason",
    capability: "policy",
    component: ["verify.phrases", "verify.repetition", "flip-noise", "calibrateFalseNegatives"],
  },
  {
    slug: "wildbench",
    title: "WildBench: Benchmarking LLMs with Challenging Tasks from Real Users in the Wild",
    capability: "bench",
  },
  {
    slug: "armorm",
    title: "Interpretable Preferences via Multi-Objective Reward Modeling and Mixture-of-Experts",
    capability: "learned",
  },
  { slug: "mlcm", title: "MLCM: Multistep Consistency Distillation of Latent Diffusion Model", capability: "worlds" },
  {
    slug: "rise",
    title: "Trust, But Verify: A Self-Verification Approach to Reinforcement Learning with Verifiable Rewards",
    capability: "policy",
    component: ["judge.scoreMatch", "scoreMatchReward"],
  },
  {
    slug: "oni",
    title: "Online Intrinsic Rewards for Decision Making Agents from Large Language Model Feedback",
    capability: "worlds",
  },
  {
    slug: "prime",
    title: "Process Reinforcement through Implicit Rewards",
    capability: "policy",
    component: ["likelihood.implicit", "implicitReward"],
  },
  { slug: "deepseek-grm", title: "Inference-Time Scaling for Generalist Reward Modeling", capability: "judges" },
  {
    slug: "steer-me",
    title: "STEER-ME: Assessing the Microeconomic Reasoning of Large Language Models",
    capability: "evaluation",
  },
  {
    slug: "rm-consistency",
    title: "The Trickle-down Impact of Reward (In-)consistency on RLHF",
    capability: "learned",
  },
  { slug: "pf-ppo", title: "Policy Filtration in RLHF to Fine-Tune LLM for Code Generation", capability: "lab" },
  { slug: "eurus", title: "Advancing LLM Reasoning Generalists with Preference Trees", capability: "policy" },
  { slug: "dancegrpo", title: "DanceGRPO: Unleashing GRPO on Visual Generation", capability: "worlds" },
  {
    slug: "rag-rewardbench",
    title: "RAG-RewardBench: Benchmarking Reward Models in Retrieval Augmented Generation for Preference Alignment",
    capability: "bench",
  },
  {
    slug: "discoverybench",
    title: "DiscoveryBench: Towards Data-Driven Discovery with Large Language Models",
    capability: "evaluation",
  },
  {
    slug: "starc",
    title: "STARC: A General Framework For Quantifying Differences Between Reward Functions",
    capability: "evaluation",
  },
  {
    slug: "transform-combine",
    title: "Transforming and Combining Rewards for Aligning Large Language Models",
    capability: "lab",
  },
  {
    slug: "micro",
    title: "MiCRo: Mixture Modeling and Context-aware Routing for Personalized Preference Learning",
    capability: "learned",
  },
  {
    slug: "extrans",
    title: "ExTrans: Multilingual Deep Reasoning Translation via Exemplar-Enhanced Reinforcement Learning",
    capability: "policy",
    component: ["verify.translation", "translationGate", "judge.pairwise"],
  },
  {
    slug: "open-rl-benchmark",
    title: "Open RL Benchmark: Comprehensive Tracked Experiments for Reinforcement Learning",
    capability: "evaluation",
  },
  {
    slug: "best-systems",
    title: "What are the best systems? New perspectives on NLP Benchmarking",
    capability: "evaluation",
  },
  {
    slug: "med-s3",
    title: "MedS^3: Towards Medical Small Language Models with Self-Evolved Slow Thinking",
    capability: "process",
  },
  {
    slug: "flame",
    title: "Foundational Autoraters: Taming Large Language Models for Better Automatic Evaluation",
    capability: "learned",
  },
  {
    slug: "carl",
    title: "CaRL: Learning Scalable Planning Policies with Simple Rewards",
    capability: "worlds",
    component: ["multiplicative"],
  },
  {
    slug: "agentrewardbench",
    title: "AgentRewardBench: Evaluating Automatic Evaluations of Web Agent Trajectories",
    capability: "bench",
  },
  {
    slug: "helpsteer2",
    title: "HelpSteer2: Open-source dataset for training top-performing reward models",
    capability: "learned",
  },
  {
    slug: "cdr",
    title: "CDR: Customizable Density Ratios of Strong-over-weak LLMs for Preference Annotation",
    capability: "judges",
  },
  { slug: "r3", title: "Preference-free Alignment Learning with Regularized Relevance Reward", capability: "learned" },
  {
    slug: "rliable",
    title: "Deep Reinforcement Learning at the Edge of the Statistical Precipice",
    capability: "lab",
  },
  { slug: "crome", title: "Robust Reward Modeling via Causal Rubrics", capability: "learned" },
  {
    slug: "eureka",
    title: "Eureka: Evaluating and Understanding Large Foundation Models",
    capability: "evaluation",
  },
  {
    slug: "randomcalculation",
    title: "Reasoning or Memorization? Unreliable Results of Reinforcement Learning Due to Data Contamination",
    capability: "policy",
    component: [
      "verify.numeric",
      "numericCloseness",
      "randomCalculation",
      "random",
      "inverted",
      "majorityIncorrect",
      "partialPromptAudit",
    ],
  },
  {
    slug: "e2lm",
    title: "NeurIPS 2025 E2LM Competition : Early Training Evaluation of Language Models",
    capability: "evaluation",
  },
  {
    slug: "par",
    title: "Reward Shaping to Mitigate Reward Hacking in RLHF",
    capability: "lab",
  },
  {
    slug: "rm-ensembles",
    title: "Helping or Herding? Reward Model Ensembles Mitigate but do not Eliminate Reward Hacking",
    capability: "learned",
  },
  {
    slug: "feedbacker",
    title: "From Rankings to Insights: Evaluation Should Shift Focus from Leaderboard to Feedback",
    capability: "judges",
  },
  {
    slug: "benchmark-variance",
    title: "Quantifying Variance in Evaluation Benchmarks",
    capability: "evaluation",
  },
  {
    slug: "vlm-rm",
    title: "Vision-Language Models are Zero-Shot Reward Models for Reinforcement Learning",
    capability: "worlds",
  },
  {
    slug: "selm",
    title: "Self-Exploring Language Models: Active Preference Elicitation for Online Alignment",
    capability: "lab",
  },
  {
    slug: "bag-of-tricks",
    title: "Bag of Tricks for Inference-time Computation of LLM Reasoning",
    capability: "process",
    component: ["judge.self", "selfEvaluation"],
  },
  {
    slug: "writing-zero",
    title: "Writing-Zero: Bridge the Gap Between Non-verifiable Problems and Verifiable Rewards",
    capability: "policy",
    component: ["judge.writing", "writingJudge", "pairScoreReward"],
  },
  {
    slug: "anyprefer",
    title: "Anyprefer: An Agentic Framework for Preference Data Synthesis",
    capability: "curation",
    component: ["judge.tools", "toolJudge"],
  },
  {
    slug: "brain",
    title: "BRAIn: Bayesian Reward-conditioned Amortized Inference for natural language generation from feedback",
    capability: "lab",
  },
  { slug: "perceptual-rewards", title: "Unsupervised Perceptual Rewards for Imitation Learning", capability: "worlds" },
  {
    slug: "autobencher",
    title: "AutoBencher: Creating Salient, Novel, Difficult Datasets for Language Models",
    capability: "evaluation",
  },
  {
    slug: "momaland",
    title: "MOMAland: A Set of Benchmarks for Multi-Objective Multi-Agent Reinforcement Learning",
    capability: "worlds",
  },
  {
    slug: "hrm",
    title: "Towards Hierarchical Multi-Step Reward Models for Enhanced Reasoning in Large Language Models",
    capability: "process",
  },
  { slug: "cream", title: "CREAM: Consistency Regularized Self-Rewarding Language Models", capability: "policy" },
];
