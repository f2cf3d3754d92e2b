"""Training classifiers of what can be heard: their data, their figures, both recipes, the command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from earwitness.classifier.embedded import HEAD, load_classifier, load_head
from earwitness.cli.__main__ import main
from earwitness.common.errors import OptionError, TableError
from earwitness.training.classifier.data import Sentences, divide, read_sentences
from earwitness.training.classifier.distilbert import PaperOptions, train_paper
from earwitness.training.classifier.figures import figures, reliability, roc_auc, worst
from earwitness.training.classifier.head import HeadOptions, calibrate, fit_head, forms
from earwitness.training.classifier.train import train_classifier

TESTS = Path(__file__).resolve().parents[2]
DATA = TESTS.parent / "data" / "audibility"

FEW = HeadOptions(width=16, epochs=8, batch=16, beginnings=1, seed=3)


def distilbert(folder: Path) -> Path:
    """A tiny one that the paper's recipe begins with; skips where there is nothing to train it by."""
    for module in ("torch", "transformers"):
        pytest.importorskip(module, reason="the paper's recipe needs the extra torch")
    from tests.reference.audible_tiny import save_distilbert

    return save_distilbert(folder)


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A hundred sentences of each label, of the project's own."""
    folder = tmp_path_factory.mktemp("lists")
    paths = []
    for name in ("audible.txt", "inaudible.txt"):
        lines = (DATA / name).read_text(encoding="utf-8").splitlines()[:100]
        paths.append(folder / name)
        paths[-1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


@pytest.fixture(scope="module")
def few(lists: list[Path]) -> Sentences:
    return read_sentences(lists)


def test_the_shipped_sentences_are_many_balanced_and_each_once() -> None:
    found = read_sentences([DATA / "audible.txt", DATA / "inaudible.txt"])
    assert len(found.texts) >= 4000 and found.repeated == found.contradictory == 0
    assert 0.48 < found.audible.mean() < 0.52
    words = np.array([len(text.split()) for text in found.texts])
    lengths = [words[found.audible == label].mean() for label in (True, False)]
    assert abs(lengths[0] - lengths[1]) < 0.5 and words.max() <= 25
    ends = [
        np.mean([t.endswith(".") for t in np.array(found.texts)[found.audible == x]]) for x in (True, False)
    ]
    assert abs(ends[0] - ends[1]) < 0.05


def test_the_shipped_classifier_is_right_on_nearly_all_it_learned() -> None:
    found = read_sentences([DATA / "audible.txt", DATA / "inaudible.txt"])
    chances = load_classifier().audibility(found.texts[::10])
    assert np.mean((chances > 0.5) == found.audible[::10]) > 0.95


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "text,label\n{}"),
        ("t.tsv", "Sentence\tAudible\n{}"),
        ("t.jsonl", "{}"),
    ],
)
def test_a_table_is_read_as_two_lists_are(name: str, text: str, few: Sentences, tmp_path: Path) -> None:
    if name.endswith("jsonl"):
        rows = [json.dumps({"text": t, "label": int(a)}) for t, a in zip(few.texts, few.audible, strict=True)]
    else:
        mark = "," if name.endswith("csv") else "\t"
        said = {True: "audible", False: "not audible"}
        rows = [
            '"' + t.replace('"', '""') + f'"{mark}{said[bool(a)]}'
            for t, a in zip(few.texts, few.audible, strict=True)
        ]
    (tmp_path / name).write_text(text.format("\n".join(rows)) + "\n", encoding="utf-8")
    found = read_sentences([tmp_path / name])
    assert found.texts == few.texts and np.array_equal(found.audible, few.audible)


def test_repeated_sentences_count_once_and_contradictory_ones_not_at_all(tmp_path: Path) -> None:
    heard, seen = tmp_path / "h.txt", tmp_path / "s.txt"
    heard.write_text(
        "\n".join(f"sound {i} rings" for i in range(30)) + "\nA bell rings.\n\na bell  rings\nrain\n"
    )
    seen.write_text("\n".join(f"thing {i} stands" for i in range(30)) + "\nRain.\n")
    found = read_sentences([heard, seen])
    assert len(found.texts) == 61 and found.audible.sum() == 31
    assert found.repeated == 2 and found.contradictory == 1
    assert "A bell rings." in found.texts and "rain" not in found.texts


def test_what_cannot_be_learned_from_is_an_error(tmp_path: Path, lists: list[Path]) -> None:
    with pytest.raises(OptionError, match="two lists of sentences"):
        read_sentences([lists[0]])
    table = tmp_path / "t.csv"
    with pytest.raises(OptionError, match="not from 2 files, 1 table among them"):
        read_sentences([lists[0], table])
    table.write_text("text,label\nrain,maybe\n")
    with pytest.raises(TableError, match=r"t.csv, line 2: the label is 1 or audible, 0 or not audible"):
        read_sentences([table])
    table.write_text("words,label\nrain,1\n")
    with pytest.raises(TableError, match="no column text or sentence or caption has a value"):
        read_sentences([table])
    table.write_text("text,label\nrain,1\nred,0\n")
    with pytest.raises(TableError, match="1 sentence is audible; 20 are the fewest"):
        read_sentences([table])


def test_the_division_is_whole_and_follows_the_seed() -> None:
    parts = divide(203, 1)
    assert sorted(np.concatenate(parts).tolist()) == list(range(203))
    assert [len(p) for p in parts] == [142, 31, 30]
    assert all(np.array_equal(a, b) for a, b in zip(parts, divide(203, 1), strict=True))
    assert not np.array_equal(parts[0], divide(203, 2)[0])


def test_forms_are_the_sentence_a_prompt_before_it_and_beginnings() -> None:
    found = forms(["The big dog barks at a cat.", "Rain."], HeadOptions(beginnings=2))
    assert [f.of for f in found] == [0, 0, 0, 0, 1, 1]
    assert found[0].text == "The big dog barks at a cat" and found[0].weight == 1
    assert found[1].text.endswith(" of a big dog barks at a cat") and found[1].weight == 0.5
    assert all("big dog" in f.text and f.weight < 0.5 for f in found[2:4])


def test_the_net_follows_the_gradient_of_its_loss() -> None:
    """One step from the same start, against differences of the loss: no noise, no dropout."""
    from earwitness.training.classifier.head import _Net

    options = HeadOptions(width=4, dropout=0.0, noise=0.0, weight_decay=0.0)
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(6, 384)).astype(np.float32)
    targets, shares = np.array([1, 0, 1, 0, 1, 0], np.float32), np.array([1, 1, 0.5, 0.5, 1, 0.2], np.float32)

    def loss(weights: list[np.ndarray]) -> float:
        hidden, bias, out, shift = (w.astype(np.float64) for w in weights)
        logits = np.maximum(rows @ hidden + bias, 0) @ out + shift
        return float(np.mean(shares * (np.logaddexp(0, logits) - targets * logits)))

    net, seen = _Net(options, np.random.default_rng(1)), []
    net._update = lambda gradients, rate: seen.extend(gradients)  # type: ignore[method-assign]
    net.step(rows, targets, shares, 1.0)
    for place, index in ((0, (7, 2)), (0, (100, 0)), (1, (3,)), (2, (1,)), (3, (0,))):
        moved = [w.copy().astype(np.float64) for w in net.weights]
        moved[place][index] += 1e-5
        above = loss(moved)
        moved[place][index] -= 2e-5
        assert (above - loss(moved)) / 2e-5 == pytest.approx(float(seen[place][index]), rel=1e-3, abs=1e-6)


def test_what_can_be_learned_is_learned(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(400, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    audible = np.abs(rows[:, 0]) + np.abs(rows[:, 1]) > 0.08  # no plane divides these
    head = fit_head(
        rows, audible, np.ones(400), HeadOptions(width=64, epochs=60, noise=0.0, dropout=0.0, rate=3e-3)
    )
    assert np.mean((head.logits(rows) > 0) == audible) > 0.97


def test_calibration_undoes_a_known_distortion(rng: np.random.Generator) -> None:
    true = rng.normal(0, 2, 20_000)
    audible = rng.random(20_000) < 1 / (1 + np.exp(-true))
    assert calibrate(3 * true, audible) == pytest.approx(3, rel=0.05)
    assert calibrate(true / 2, audible) == pytest.approx(0.5, rel=0.05)


def test_figures_by_hand() -> None:
    labels = np.array([True, True, True, False, False])
    chances = np.array([0.95, 0.6, 0.2, 0.6, 0.05])
    # 6 pairs: of 0.6 against 0.6 a half, of 0.2 against 0.6 none
    assert roc_auc(labels, chances) == pytest.approx(4.5 / 6)
    assert figures(labels, chances)["accuracy"] == 0.6
    bins = reliability(labels, chances)
    assert [(b.low, b.count, b.audible) for b in bins] == [
        (0.0, 1, 0.0),
        (0.2, 1, 1.0),
        (0.6, 2, 0.5),
        (0.9, 1, 1.0),
    ]
    assert [row["text"] for row in worst("abcde", labels, chances)] == ["c", "d"]


def test_training_is_deterministic_and_the_folder_is_whole(few: Sentences, tmp_path: Path) -> None:
    cards = [train_classifier(few, tmp_path / name, FEW) for name in ("one", "two")]
    assert cards[0] == cards[1]
    assert (tmp_path / "one" / "card.json").read_bytes() == (tmp_path / "two" / "card.json").read_bytes()
    heads = [load_head(tmp_path / name / HEAD) for name in ("one", "two")]
    assert np.array_equal(heads[0].hidden, heads[1].hidden) and heads[0].temperature == heads[1].temperature
    card = json.loads((tmp_path / "one" / "card.json").read_text())
    assert card["data"]["sentences"] == 200 and card["data"]["measured"] == 30
    assert card["measured"]["roc_auc"] > 0.85 and card["options"]["seed"] == 3
    assert sum(b["count"] for b in card["reliability"]) == 30
    page = (tmp_path / "one" / "card.md").read_text()
    assert "| measured on | 30 |" in page and "P(audible)" in page
    chances = load_classifier(str(tmp_path / "one")).audibility(["Dogs bark and howl.", "The wall is blue."])
    assert chances[0] > 0.6 > 0.4 > chances[1]
    other = train_classifier(few, tmp_path / "three", replace(FEW, seed=4))
    assert other["data"]["measured_sha256"] != card["data"]["measured_sha256"]


def test_every_sentence_is_learned_from_when_asked(few: Sentences, tmp_path: Path) -> None:
    part, whole = (train_classifier(few, tmp_path / str(every), FEW, every=every) for every in (False, True))
    assert part["measured"] == whole["measured"] and part["temperature"] == whole["temperature"]
    heads = [load_head(tmp_path / str(every) / HEAD) for every in (False, True)]
    assert not np.array_equal(heads[0].hidden, heads[1].hidden)


def test_the_papers_recipe_learns_and_keeps_its_best_epoch(tmp_path: Path) -> None:
    base = distilbert(tmp_path / "base")
    words = ("red", "blue", "loud", "car", "dog", "bell", "horn", "chair", "roof", "rain")
    texts = [f"the {a} {b} {verb}" for a in words for b in words for verb in ("barks", "is parked")]
    found = Sentences(tuple(texts), np.array([text.endswith("barks") for text in texts]))
    options = PaperOptions(pretrained=str(base), epochs=4, batch=16, rate=3e-3)
    epochs: list[dict[str, float]] = []
    card = train_paper(found, tmp_path / "out", options, after_epoch=epochs.append)
    assert len(epochs) == 4 and epochs[-1]["loss"] < epochs[0]["loss"]
    assert epochs[card["epoch_kept"] - 1]["roc_auc"] == max(e["roc_auc"] for e in epochs)
    assert card["validation"]["roc_auc"] == pytest.approx(max(e["roc_auc"] for e in epochs), abs=1e-4)
    assert card["measured"]["accuracy"] > 0.95
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["id2label"]["0"] == "audible" and config["audibility_prompt"] == "Audio of a "
    judge = load_classifier(str(tmp_path / "out"))
    assert judge.audibility(["the red dog barks"])[0] > 0.5 > judge.audibility(["the red dog is parked"])[0]
    again = train_paper(found, tmp_path / "again", options)
    assert again["measured"] == card["measured"] and again["confusions"] == card["confusions"]


def test_the_rate_of_the_papers_recipe_falls_every_tenth_epoch(tmp_path: Path, monkeypatch) -> None:
    torch = pytest.importorskip("torch", reason="the paper's recipe needs the extra torch")

    rates: list[float] = []
    step = torch.optim.AdamW.step

    def spy(self, *a, **k):
        rates.append(self.param_groups[0]["lr"])
        return step(self, *a, **k)

    monkeypatch.setattr(torch.optim.AdamW, "step", spy)
    base = distilbert(tmp_path / "base")
    found = Sentences(tuple(f"dog {'barks ' * i}" for i in range(1, 11)), np.arange(10) % 2 == 0)
    train_paper(found, tmp_path / "out", PaperOptions(pretrained=str(base), epochs=21))
    assert rates == pytest.approx([3e-4] * 10 + [3e-5] * 10 + [3e-6])


def test_the_command_trains_and_what_it_wrote_judges(lists: list[Path], tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit) as left:
        main(
            [
                "train",
                "audibility",
                *map(str, lists),
                "-o",
                str(tmp_path / "m"),
                "--epochs",
                "4",
                "--noise",
                "0",
            ]
        )
    assert left.value.code == 0
    assert "measured: 30 sentences, accuracy 0." in capsys.readouterr().err
    assert json.loads((tmp_path / "m" / "card.json").read_text())["options"]["noise"] == 0
    with pytest.raises(SystemExit) as left:
        main(["audible", "a dog barks", "--classifier", str(tmp_path / "m"), "-f", "jsonl"])
    row = json.loads(capsys.readouterr().out)
    assert left.value.code == 0 and set(row) == {"text", "audibility"} and row["audibility"] > 0.5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--prefix", "2"], "there is no option --prefix"),
        (["--encoder", "clap:x"], "no option --encoder"),
        (["--epochs", "0"], "epochs is 1 or more"),
        (["--dropout", "1"], "dropout is 0 or more and below 1"),
    ],
)
def test_options_that_do_not_belong_here_are_refused(options, said, lists, tmp_path, capsys) -> None:
    with pytest.raises(SystemExit) as left:
        main(["train", "classifier", *map(str, lists), "-o", str(tmp_path), *options])
    assert left.value.code == 1 and said in capsys.readouterr().err
