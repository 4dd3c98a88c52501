"""Makes test/expected/trl/*.json: losses and gradients of TRL's own trainers, and of verl for PPO (which TRL 1.x no longer has).

Every loss is the trainer's own method, called on an object that holds no more than the settings and a model that returns the
recorded log-probabilities; gradients are PyTorch's. All in float64. Run from the repository's root, with trl, verl and a CPU
build of torch: python scripts/expected/trl_losses.py
"""
import importlib.metadata as metadata
import json
import pathlib
import sys
from collections import defaultdict
from types import SimpleNamespace

import numpy as np
import torch
from trl import DPOTrainer, GRPOTrainer, KTOTrainer, RLOOTrainer
from trl.experimental.cpo import CPOTrainer
from verl.trainer.ppo import core_algos
from verl.workers.config import ActorConfig

torch.set_default_dtype(torch.float64)
OUT = pathlib.Path("test/expected/trl")
PACKAGES = ["trl", "torch", "transformers", "verl"]
VERSIONS = {"python": sys.version.split()[0], **{name: metadata.version(name) for name in PACKAGES}}
torch.manual_seed(20261126)


def write(name, value):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps({"versions": VERSIONS, **value}, indent=1) + "\n")


def floats(x):
    return x.detach().flatten().tolist()


class Accelerator:
    """One process, on the CPU."""

    device = torch.device("cpu")
    num_processes = 1
    sync_gradients = True

    def gather(self, x):
        return x

    def gather_for_metrics(self, x):
        return x

    def reduce(self, x, reduction="sum"):
        return x


def trainer(cls, **settings):
    """A trainer without a model, a data set or a run: its settings alone."""
    self = object.__new__(cls)
    self.__dict__.update(
        model=SimpleNamespace(training=True),
        accelerator=Accelerator(),
        _metrics={"train": defaultdict(list), "eval": defaultdict(list)},
        _total_train_tokens=0,
        _tp_size=1,
        aux_loss_enabled=False,
        **settings,
    )
    return self


class Outputs:
    """What a model gives: one row a sequence, the log-probability of each token after the first; whatever else is logged is 0."""

    def __init__(self, log_probs):
        self.log_probs = log_probs
        self.is_top1 = torch.zeros_like(log_probs.detach()).bool()

    def __getattr__(self, name):
        return torch.zeros_like(self.log_probs.detach())


# Pairs: 6 of them, sums over 5 tokens of which some are masked.
PAIRS, TOKENS = 6, 5
lengths = torch.tensor([5, 3, 4, 2, 5, 1, 4, 4, 2, 5, 3, 2])  # chosen, then rejected
mask = (torch.arange(TOKENS)[None] < lengths[:, None]).double()
policy_tokens = -torch.rand(2 * PAIRS, TOKENS) * 2 * mask
reference = policy_tokens.sum(1) + torch.randn(2 * PAIRS)


def dpo(loss_type, beta, smoothing=0.0, tau=0.05, divergence="reverse_kl", alpha=0.5):
    tokens = policy_tokens.clone().requires_grad_()
    args = SimpleNamespace(discopop_tau=tau, gradient_checkpointing_kwargs=None)
    self = trainer(
        DPOTrainer,
        args=args,
        beta=beta,
        label_smoothing=smoothing,
        loss_types=[loss_type],
        loss_weights=[1.0],
        ld_alpha=None,
        precompute_ref_logps=True,
        f_divergence_type=divergence,
        f_alpha_divergence_coef=alpha,
        use_weighting=False,
    )
    completion = torch.cat([torch.zeros(2 * PAIRS, 1), mask], 1).long()
    inputs = {
        "input_ids": torch.ones(2 * PAIRS, TOKENS + 1, dtype=torch.long),
        "attention_mask": torch.ones(2 * PAIRS, TOKENS + 1, dtype=torch.long),
        "completion_mask": completion,
        "ref_chosen_logps": reference[:PAIRS],
        "ref_rejected_logps": reference[PAIRS:],
    }
    loss = DPOTrainer._compute_loss(self, lambda **_: Outputs(tokens * mask), inputs, False)
    loss.backward()
    slopes = tokens.grad[:, 0]  # every sequence has a first token, and sums have the slope of each of theirs
    return {
        "name": loss_type,
        "beta": beta,
        "smoothing": smoothing,
        "tau": tau,
        "loss": loss.item(),
        "first": floats(slopes[:PAIRS]),
        "second": floats(slopes[PAIRS:]),
    }


cases = [
    dpo("sigmoid", 0.1),
    dpo("sigmoid", 0.7),
    dpo("hinge", 0.3),
    dpo("ipo", 0.4),
    dpo("exo_pair", 0.5, smoothing=1e-3),
    dpo("nca_pair", 0.3),
    dpo("robust", 0.5, smoothing=0.2),
    dpo("bco_pair", 0.4),
    dpo("sppo_hard", 0.6),
    dpo("aot", 0.5, smoothing=0.1),
    dpo("aot_unpaired", 0.5, smoothing=0.1),
    dpo("apo_zero", 0.4),
    dpo("apo_down", 0.4),
    dpo("discopop", 0.5),
    dpo("sigmoid_norm", 0.9),
]
sums = policy_tokens.sum(1)
write(
    "pairs",
    {
        "policy": {"first": floats(sums[:PAIRS]), "second": floats(sums[PAIRS:])},
        "reference": {"first": floats(reference[:PAIRS]), "second": floats(reference[PAIRS:])},
        "lengths": {"first": lengths[:PAIRS].tolist(), "second": lengths[PAIRS:].tolist()},
        "cases": cases,
    },
)


def cpo(loss_type, beta, gamma=0.0, smoothing=0.0):
    first, second = [(sums / lengths)[part].clone().requires_grad_() for part in (slice(PAIRS), slice(PAIRS, None))]
    self = trainer(CPOTrainer, beta=beta, alpha=0.0, loss_type=loss_type, simpo_gamma=gamma, label_smoothing=smoothing)
    losses, _, _ = CPOTrainer.cpo_loss(self, first, second)
    losses.mean().backward()
    return {
        "name": loss_type,
        "beta": beta,
        "gamma": gamma,
        "smoothing": smoothing,
        "loss": losses.mean().item(),
        "first": floats(first.grad),
        "second": floats(second.grad),
    }


write(
    "cpo",
    {
        "policy": {"first": floats((sums / lengths)[:PAIRS]), "second": floats((sums / lengths)[PAIRS:])},
        "cases": [cpo("simpo", 2.0, 1.0), cpo("simpo", 2.5, 0.5, 0.1), cpo("sigmoid", 0.1), cpo("hinge", 0.3)],
    },
)


def kto(loss_type, beta, desirable, undesirable, shift):
    tokens = policy_tokens.clone().requires_grad_()
    labels = torch.tensor([True] * 5 + [False] * 7)
    kl_policy = sums + shift
    kl_reference = reference
    self = trainer(
        KTOTrainer,
        beta=beta,
        loss_type=loss_type,
        calculate_KL=loss_type == "kto",
        precompute_ref_logps=True,
        desirable_weight=desirable,
        undesirable_weight=undesirable,
    )
    n = 2 * PAIRS
    ids = torch.ones(n, TOKENS + 1, dtype=torch.long)
    completion = torch.cat([torch.zeros(n, 1), mask], 1).long()
    inputs = {
        "input_ids": ids,
        "attention_mask": ids,
        "completion_mask": completion,
        "KL_input_ids": ids,
        "KL_attention_mask": ids,
        "KL_completion_mask": completion,
        "label": labels,
        "ref_logps": reference,
        "ref_KL_logps": kl_reference,
    }
    calls = []

    def model(**_):
        # the KL's mismatched sequences are asked first
        calls.append(1)
        kl_call = self.calculate_KL and len(calls) == 1
        return Outputs(torch.cat([kl_policy[:, None], torch.zeros(n, TOKENS - 1)], 1) if kl_call else tokens * mask)

    loss = KTOTrainer._compute_loss(self, model, inputs, False)
    loss.backward()
    return {
        "name": loss_type,
        "beta": beta,
        "desirable": desirable,
        "undesirable": undesirable,
        "label": labels.int().tolist(),
        "klPolicy": floats(kl_policy),
        "klReference": floats(kl_reference),
        "loss": loss.item(),
        "gradient": floats(tokens.grad[:, 0]),
    }


write(
    "kto",
    {
        "policy": floats(sums),
        "reference": floats(reference),
        "cases": [
            kto("kto", 0.1, 1.0, 1.0, 0.9),
            kto("kto", 0.5, 1.0, 0.7, 2.0),
            kto("kto", 0.5, 1.0, 1.0, -9.0),
            kto("apo_zero_unpaired", 0.3, 1.0, 1.0, 0.0),
        ],
    },
)

# Groups: 3 of 4 roll-outs, up to 5 tokens each.
GROUP, ROLLOUTS = 4, 12
tokens_new = -torch.rand(ROLLOUTS, TOKENS) * 2
tokens_old = tokens_new + 0.25 * torch.randn(ROLLOUTS, TOKENS)
tokens_ref = tokens_new + 0.4 * torch.randn(ROLLOUTS, TOKENS)
advantages = torch.randn(ROLLOUTS)
rewards = torch.tensor([1.0, 0, 0, 1, 0.3, 2.1, -1, 0.2, 0.5, 0.5, 0.5, 0.5])
MOST = 8


def grpo(loss_type, level="token", beta=0.0, low=0.2, high=0.2, delta=None):
    new = tokens_new.clone().requires_grad_()
    args = SimpleNamespace(delta=delta, use_bias_correction_kl=False, steps_per_generation=1)
    self = trainer(
        GRPOTrainer,
        args=args,
        top_entropy_quantile=1.0,
        off_policy_mask_threshold=None,
        importance_sampling_level=level,
        beta=beta,
        loss_type=loss_type,
        epsilon_low=low,
        epsilon_high=high,
        use_vllm=False,
        vllm_importance_sampling_correction=False,
        current_gradient_accumulation_steps=1,
        max_completion_length=MOST,
        _entropy_bonus_enabled=False,
        _get_per_token_logps_and_entropies=lambda *_, **__: (new, torch.zeros_like(new.detach()), None),
    )
    inputs = {
        "prompt_ids": torch.ones(ROLLOUTS, 1, dtype=torch.long),
        "prompt_mask": torch.ones(ROLLOUTS, 1, dtype=torch.long),
        "completion_ids": torch.ones(ROLLOUTS, TOKENS, dtype=torch.long),
        "completion_mask": mask.long(),
        "advantages": advantages,
        "old_per_token_logps": tokens_old,
        "ref_per_token_logps": tokens_ref,
        "num_items_in_batch": mask.sum(),
    }
    loss = GRPOTrainer._compute_loss(self, self.model, inputs)
    loss.backward()
    keep = mask.bool()
    return {
        "name": loss_type,
        "level": level,
        "beta": beta,
        "low": low,
        "high": high,
        "delta": delta,
        "loss": loss.item(),
        "gradient": floats(new.grad[keep]),
    }


def rloo_loss():
    new = tokens_new.clone().requires_grad_()
    self = trainer(
        RLOOTrainer,
        epsilon_low=0.2,
        epsilon_high=0.2,
        _get_per_token_logps_and_entropies=lambda *_, **__: (new, torch.zeros_like(new.detach()), None),
    )
    inputs = {
        "prompt_ids": torch.ones(ROLLOUTS, 1, dtype=torch.long),
        "prompt_mask": torch.ones(ROLLOUTS, 1, dtype=torch.long),
        "completion_ids": torch.ones(ROLLOUTS, TOKENS, dtype=torch.long),
        "completion_mask": mask.long(),
        "advantages": advantages,
        "old_logps": (tokens_old * mask).sum(1),
    }
    loss = RLOOTrainer._compute_loss(self, self.model, inputs)
    loss.backward()
    return {"loss": loss.item(), "gradient": floats(new.grad[mask.bool()])}


write(
    "grpo",
    {
        "group": GROUP,
        "lengths": lengths.tolist(),
        "maxLength": MOST,
        "policy": floats(tokens_new[mask.bool()]),
        "old": floats(tokens_old[mask.bool()]),
        "reference": floats(tokens_ref[mask.bool()]),
        "advantages": floats(advantages),
        "cases": [
            grpo("grpo"),
            grpo("grpo", high=0.28),
            grpo("grpo", beta=0.04),
            grpo("grpo", level="sequence", low=3e-2, high=4e-2),
            grpo("bnpo"),
            grpo("dr_grpo", beta=0.1),
            grpo("dapo", high=0.28),
            grpo("grpo", delta=1.3),
            grpo("cispo", high=1.1),
        ],
        "rloo": rloo_loss(),
    },
)

# PPO: verl's functions.


def group_advantages():
    index = [i // GROUP for i in range(ROLLOUTS)]
    token_rewards = torch.zeros(ROLLOUTS, TOKENS)
    token_rewards[torch.arange(ROLLOUTS), lengths - 1] = rewards
    out = {}
    for name, f, options in [
        ("sd", core_algos.compute_grpo_outcome_advantage, {"norm_adv_by_std_in_grpo": True, "epsilon": 1e-4}),
        ("none", core_algos.compute_grpo_outcome_advantage, {"norm_adv_by_std_in_grpo": False}),
        ("leave-one-out", core_algos.compute_rloo_outcome_advantage, {}),
    ]:
        found, _ = f(token_level_rewards=token_rewards, response_mask=mask, index=np.array(index), **options)
        out[name] = floats(found[:, 0])
    return out


step_rewards = torch.randn(ROLLOUTS, TOKENS) * mask
values = torch.randn(ROLLOUTS, TOKENS)
gae = {}
for gamma, lam in [(1.0, 0.95), (0.9, 0.5)]:
    whitened, returns = core_algos.compute_gae_advantage_return(step_rewards, values, mask, gamma, lam)
    gae[f"{gamma},{lam}"] = {"whitened": floats(whitened[mask.bool()]), "returns": floats(returns[mask.bool()])}
predictions = (values + 0.5 * torch.randn(ROLLOUTS, TOKENS)).requires_grad_()
value_loss, value_clipped = core_algos.compute_value_loss(predictions, returns, values, mask, 0.2)
value_loss.backward()
penalties = {k: floats(core_algos.kl_penalty(tokens_new, tokens_ref, k)[mask.bool()]) for k in ("k1", "k2", "k3")}
controller = core_algos.AdaptiveKLController(0.2, 6.0, 10_000)
coefficients = []
for kl, steps in [(3.0, 256), (9.0, 256), (6.3, 256), (60.0, 512)]:
    controller.update(kl, steps)
    coefficients.append({"kl": kl, "steps": steps, "coefficient": float(controller.value)})
new = tokens_new.clone().requires_grad_()

config = ActorConfig(
    strategy="fsdp",
    clip_ratio=0.2,
    clip_ratio_low=0.2,
    clip_ratio_high=0.2,
    clip_ratio_c=3.0,
    ppo_micro_batch_size_per_gpu=1,
    rollout_n=1,
)
token_advantages = torch.randn(ROLLOUTS, TOKENS)
policy_loss, metrics = core_algos.compute_policy_loss_vanilla(
    tokens_old, new, token_advantages, mask, "token-mean", config
)
policy_loss.backward()
write(
    "ppo",
    {
        "from": "verl",
        "group": GROUP,
        "lengths": lengths.tolist(),
        "rewards": floats(rewards),
        "groupAdvantages": group_advantages(),
        "stepRewards": floats(step_rewards[mask.bool()]),
        "values": floats(values[mask.bool()]),
        "gae": gae,
        "returns": floats(returns[mask.bool()]),
        "predictions": floats(predictions[mask.bool()]),
        "valueLoss": {
            "clip": 0.2,
            "loss": value_loss.item(),
            "clipped": float(value_clipped),
            "gradient": floats(predictions.grad[mask.bool()]),
        },
        "policy": floats(tokens_new[mask.bool()]),
        "old": floats(tokens_old[mask.bool()]),
        "reference": floats(tokens_ref[mask.bool()]),
        "kl": penalties,
        "adaptive": {"start": 0.2, "target": 6.0, "horizon": 10000, "updates": coefficients},
        "tokenAdvantages": floats(token_advantages[mask.bool()]),
        "policyLoss": {
            "loss": policy_loss.item(),
            "clipped": metrics["actor/pg_clipfrac"],
            "gradient": floats(new.grad[mask.bool()]),
        },
    },
)
