"""A CLIP in the layout of OpenAI's weights, written from the layout alone: what conversions are measured against."""

from __future__ import annotations

import torch
from torch import nn


class QuickGELU(nn.Module):  # type: ignore[misc]
    """As in OpenAI's archives, its class's name is all that tells the activation."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(1.702 * x)


class Perceptron(nn.Module):  # type: ignore[misc]
    def __init__(self, width: int, quick: bool) -> None:
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.gelu = QuickGELU() if quick else nn.GELU()
        self.c_proj = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.c_proj(self.gelu(self.c_fc(x)))


class Block(nn.Module):  # type: ignore[misc]
    def __init__(self, width: int, quick: bool) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(width, width // 64, batch_first=True)
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = Perceptron(width, quick)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        normal = self.ln_1(x)
        x = x + self.attn(normal, normal, normal, need_weights=False, attn_mask=mask)[0]
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):  # type: ignore[misc]
    def __init__(self, width: int, layers: int, quick: bool) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(Block(width, quick) for _ in range(layers))

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        for block in self.resblocks:
            x = block(x, mask)
        return x


class Vision(nn.Module):  # type: ignore[misc]
    def __init__(self, width: int, layers: int, patch: int, side: int, dim: int, quick: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, patch, stride=patch, bias=False)
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.positional_embedding = nn.Parameter(torch.empty(side * side + 1, width))
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = Transformer(width, layers, quick)
        self.proj = nn.Parameter(torch.empty(width, dim))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        patches = self.conv1(pixels).flatten(2).transpose(1, 2)
        whole = self.class_embedding.expand(len(pixels), 1, -1)
        x = torch.cat([whole, patches], 1) + self.positional_embedding
        return self.ln_post(self.transformer(self.ln_pre(x))[:, 0]) @ self.proj


class OpenAIClip(nn.Module):  # type: ignore[misc]
    """Both towers; ``forward`` gives the embeddings of pictures and texts, not normalised."""

    def __init__(
        self,
        *,
        vision: tuple[int, int] = (64, 2),
        text: tuple[int, int] = (64, 2),
        patch: int = 8,
        side: int = 4,
        dim: int = 32,
        vocabulary: int = 49408,
        context: int = 77,
        quick: bool = True,
    ) -> None:
        super().__init__()
        self.visual = Vision(*vision, patch, side, dim, quick)
        self.transformer = Transformer(*text, quick)
        self.token_embedding = nn.Embedding(vocabulary, text[0])
        self.positional_embedding = nn.Parameter(torch.empty(context, text[0]))
        self.ln_final = nn.LayerNorm(text[0])
        self.text_projection = nn.Parameter(torch.empty(text[0], dim))
        self.logit_scale = nn.Parameter(torch.empty(()))

    def forward(self, pixels: torch.Tensor, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.token_embedding(tokens) + self.positional_embedding
        ahead = torch.full((x.shape[1], x.shape[1]), float("-inf")).triu(1)
        x = self.ln_final(self.transformer(x, ahead))
        ends = tokens.argmax(1)
        return self.visual(pixels), x[torch.arange(len(x)), ends] @ self.text_projection


def random_openai_clip(seed: int = 0, *, quick: bool = True, spread: float = 0.1, **shape: object) -> OpenAIClip:
    """One with weights that tell pictures and texts apart."""
    with torch.device("meta"):  # every weight is drawn below
        model = OpenAIClip(quick=quick, **shape)  # type: ignore[arg-type]
    model.to_empty(device="cpu").eval()
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.normal_(1.0 if "ln_" in name and name.endswith("weight") else 0.0, spread, generator=chance)
        model.logit_scale.fill_(2.5)
    return model
