"""Which weights of a CLIP move, and what they are as weights of a plain CLIP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from negdata.errors import NegdataError
from negdata.train.recipe import LoraRule, TrainedRule

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter

FINAL_NORM = "text_model.final_layer_norm."
SCALE = "logit_scale"
_LAYER = re.compile(r"text_model\.encoder\.layers\.(\d+)\.")
_ADAPTER = ".lora_"
_BASE = ".base_layer."


def prepare(model: Any, rule: TrainedRule, seed: int) -> dict[str, Parameter]:
    """Freezes a ``CLIPModel`` but for the weights that the rule lets move.

    Args:
        model: changed in place: adapters are put into it where the rule asks for them.
        seed: of the adapters' first values.

    Returns:
        The weights that move, by name.

    Raises:
        NegdataError: peft is not installed, or the tower has no such modules.
    """
    if rule.lora is not None:
        _add_adapters(model, rule.lora, seed)
    layers = model.config.text_config.num_hidden_layers
    moving = {}
    for name, weight in model.named_parameters():
        weight.requires_grad_(_moves(name, rule, layers))
        if weight.requires_grad:
            moving[name] = weight
    return moving


def plain_weights(model: Any) -> dict[str, Tensor]:
    """The weights of the text tower and the scale as a CLIP without adapters has them: copies, by its names."""
    import torch

    plain: dict[str, Tensor] = {}
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if _ADAPTER in name or not _is_text(name):
                continue
            if _BASE not in name:
                plain[name] = weight.detach().clone()
                continue
            owner, _, kind = name.partition(_BASE)
            value = weight.detach().clone()
            if kind == "weight":
                value += model.get_submodule(owner).get_delta_weight("default")
            plain[f"{owner}.{kind}"] = value
    return plain


def remove_adapters(model: Any) -> None:
    """Puts the plain layers back in the place of those with adapters; what the adapters learnt is gone with them."""
    adapted = [name for name, module in model.named_modules() if hasattr(module, "base_layer")]
    for name in adapted:
        owner, _, attribute = name.rpartition(".")
        setattr(model.get_submodule(owner), attribute, model.get_submodule(name).base_layer)


def between(start: Mapping[str, Tensor], end: Mapping[str, Tensor], alpha: float) -> dict[str, Tensor]:
    """Weights that far on the way from the start (0) to the end (1); those that are equal in both stay so exactly."""
    return {name: start[name].lerp(end[name], alpha) for name in end}


def _moves(name: str, rule: TrainedRule, layers: int) -> bool:
    if name == SCALE:
        return rule.logit_scale != "frozen"
    if name.startswith(FINAL_NORM):
        return rule.final_norm == "trained"
    if not _is_text(name):
        return False
    if rule.layers == "lora":
        return _ADAPTER in name
    if rule.layers == "all":
        return True
    layer = _LAYER.match(name)
    return int(layer[1]) < (layers + 1) // 2 if layer else name.startswith("text_model.embeddings.")


def _is_text(name: str) -> bool:
    return name.startswith(("text_model.", "text_projection.")) or name == SCALE


def _add_adapters(model: Any, rule: LoraRule, seed: int) -> None:
    import torch

    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise NegdataError("peft is not installed.", 'Run: pip install "negdata[lora]"') from error
    modules = "|".join(map(re.escape, rule.modules))
    target = rf"text_model\.encoder\.layers\.\d+\..*\b({modules})"
    config = LoraConfig(r=rule.rank, lora_alpha=rule.alpha, lora_dropout=0.0, bias="none", target_modules=target)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            inject_adapter_in_model(config, model)
        except ValueError as error:
            raise NegdataError(
                f"The text tower has none of the modules {', '.join(rule.modules)}.",
                "Name others with --set trained.lora.modules=[q_proj,v_proj].",
            ) from error
