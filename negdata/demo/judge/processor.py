"""A LLaVA-NeXT's processor with a tokenizer of our own."""

from __future__ import annotations

from typing import Any

LLAVA_SPECIAL = ("<unk>", "<s>", "</s>", "<pad>", "<image>")

LLAVA_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message.role == 'user' %}{{ '[INST] ' }}"
    "{% if message.content is string %}{{ message.content }}{% else %}"
    "{% for part in message.content if part.type == 'image' %}{{ '<image>\n' }}{% endfor %}"
    "{% for part in message.content if part.type == 'text' %}{{ part.text }}{% endfor %}{% endif %}"
    "{{ ' [/INST]' }}"
    "{% elif message.role == 'assistant' %}"
    "{{ ' ' + (message.content if message.content is string else message.content[0].text) + '</s>' }}{% endif %}"
    "{% endfor %}"
)

WORDS = """
a an the this that these those is are was were be there here it its in on at of to with without and or not no yes
image picture photo photograph scene see seen show shows showing visible present contain contains appear appears
anywhere can could do does did you i we answer question reply word one only just please any some what which where who
how many color colour left right above below near behind front big small large little red blue green yellow orange
purple pink brown black white grey gray user assistant system helpful are dog cat car tree house boat bird fish ball
umbrella hat chair apple banana clock bicycle person man woman child people table bed bottle cup book bus train truck
horse sheep airplane cow elephant bear zebra giraffe kite bench sink oven pizza cake laptop phone
keyboard flower cloud sun star
""".split()
PHRASES = (
    "Is there a dog in this image? Answer yes or no.",
    "Does this image show a cat? Answer yes or no.",
    "Can you see an apple in the picture? Answer with one word: yes or no.",
    "Is an umbrella visible in this photo? Answer Yes or No.",
    "You are a helpful assistant.",
    "[INST] Yes [/INST] No system\nuser\nassistant\nyes\nno\nYes\nNo YES NO",
)


def byte_level_tokenizer(special: tuple[str, ...], *, bos: str | None = None) -> Any:
    """A byte-level BPE in which the words above, yes and no among them, are one token each, and any text has tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=4000,
        show_progress=False,
        special_tokens=list(special),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    lines = [text for word in WORDS for text in (word, f" {word}", word.capitalize(), f" {word.capitalize()}")]
    tokenizer.train_from_iterator([*lines, *PHRASES], trainer)
    if bos is not None:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", pair=f"{bos} $A $B", special_tokens=[(bos, tokenizer.token_to_id(bos))]
        )
    return tokenizer


def llava_processor(*, side: int, patch: int, pinpoints: list[list[int]]) -> Any:
    """The processor of a LLaVA-NeXT whose tower sees squares of `side` pixels, in patches."""
    from transformers import LlavaNextImageProcessorPil, LlavaNextProcessor, PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=byte_level_tokenizer(LLAVA_SPECIAL, bos="<s>"),
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        additional_special_tokens=["<image>"],
        padding_side="left",
    )
    return LlavaNextProcessor(
        LlavaNextImageProcessorPil(
            size={"shortest_edge": side}, crop_size={"height": side, "width": side}, image_grid_pinpoints=pinpoints
        ),
        tokenizer,
        patch_size=patch,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=LLAVA_TEMPLATE,
    )
