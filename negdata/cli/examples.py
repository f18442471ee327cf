"""Examples of every command: they end its help, and stand in docs/commands.md, whose commands the tests run."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "demo": ("negdata demo", "negdata demo --out demo --backend ollama --model llama3.1:8b --scenes 200"),
    "caption": (
        "negdata caption captions_val2017.json -o rules.jsonl",
        "negdata caption captions.jsonl -o out.jsonl --backend ollama --model llama3.1:8b",
        "negdata caption captions_val2017.json --images val2017 --verify qwen-vl -o verified.jsonl",
        "negdata caption captions_val2017.json --shard 1/3 -o shard-1.jsonl",
    ),
    "filter": (
        "negdata filter captions.jsonl -o clean.jsonl",
        "negdata filter captions.jsonl --images val2017 --verifier qwen-vl -o clean.jsonl",
        "negdata filter --check-against instances_val2017.json --images val2017 --verifier qwen-vl -o check.jsonl",
    ),
    "merge": (
        "negdata merge shard-1.jsonl shard-2.jsonl shard-3.jsonl -o merged.jsonl",
        "negdata merge parts/ -o merged.jsonl",
    ),
    "data export": (
        "negdata data export clean.jsonl --to hf --images val2017 -o dataset/",
        "negdata data export clean.jsonl --to parquet -o table",
        "negdata data export clean.jsonl --to coco -o coco --against NegRefCOCOg.json",
    ),
    "build-bench": (
        "negdata build-bench refcocog -o NegRefCOCOg.json --split val",
        "negdata build-bench refcocog -o strict.json --definition negrefcocog-strict --split val --rich "
        "--contact-sheet 20",
    ),
    "eval": (
        "negdata eval NegRefCOCOg.json --model openai/clip-vit-base-patch32 --images train2014",
        "negdata eval NegRefCOCOg.json --model openai/clip-vit-base-patch32 --model negationclip --images train2014",
        "negdata eval pope.jsonl --model qwen-vl --images val2017",
    ),
    "benchmarks ls": ("negdata benchmarks ls", "negdata benchmarks ls --json"),
    "benchmarks show": ("negdata benchmarks show negrefcocog-strict",),
    "benchmarks validate": ("negdata benchmarks validate",),
    "finetune": (
        "negdata finetune clean.jsonl --images val2017 --model openai/clip-vit-base-patch32 -o negationclip/",
        "negdata finetune clean.jsonl --images val2017 --model openai/clip-vit-base-patch32 -o paper/ "
        "--recipe negationclip",
        "negdata finetune clean.jsonl --images val2017 --model openai/clip-vit-base-patch32 -o negationclip/ "
        "--eval strict.json --eval-images train2014",
    ),
    "export": (
        "negdata export negationclip/ --to openai -o negationclip.pt",
        "negdata export negationclip/ --to open-clip -o open_clip/negationclip.pt",
        "negdata export negationclip/ --to diffusers --base stable-diffusion-v1-5/ -o sd-negationclip/",
    ),
    "recipes ls": ("negdata recipes ls", "negdata recipes ls --json"),
    "recipes show": ("negdata recipes show default",),
    "recipes validate": ("negdata recipes validate",),
    "report": (
        "negdata report clean.jsonl --images val2017 -o report.html",
        "negdata report clean.jsonl NegRefCOCOg.json --images val2017 --images train2014 -o report.html",
    ),
    "stats": (
        "negdata stats docs/example/captions.jsonl",
        "negdata stats out/captions.jsonl --caption-column negated_caption",
    ),
    "doctor": (
        "negdata doctor",
        "negdata doctor --for finetune",
        "negdata doctor --for caption --backend openai --base-url http://localhost:8000/v1",
    ),
    "prompts ls": ("negdata prompts ls", "negdata prompts ls --json"),
    "prompts show": ("negdata prompts show rewrite",),
    "prompts validate": ("negdata prompts validate", "negdata prompts validate --prompts prompts"),
}
FIRST_STEPS = (
    "negdata demo",
    "negdata doctor",
    "negdata caption docs/example/captions.jsonl -o out/captions.jsonl",
    "negdata stats out/captions.jsonl --caption-column negated_caption",
)
"""Under the help of ``negdata`` itself."""
