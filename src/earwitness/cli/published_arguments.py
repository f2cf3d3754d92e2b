"""The published programs' arguments and ours: for error messages, and the table in docs/as-published.md."""

from __future__ import annotations

# The argument as the published program has it, without dashes -> what does the same here. A name that several
# programs have is there once where it means the same.
WSAC = {
    "data": "captions are given without a flag: earwitness train wsac CAPTIONS",
    "clap_path": "--encoder wavcaps:FILE",
    "out_dir": "--output",
    "dataset": "--dataset of earwitness compare, a table or a folder (in train it did nothing)",
    "modality_gap_path": "--shift, of a file that earwitness import gap makes of the pickled one",
    "bs": "--batch",
    "lr": "--rate",
    "wd": "--weight-decay",
    "model_path": "--model, of a folder that earwitness import wsac makes of epoch-N.pt",
    "eval_dir": "--audio of earwitness evaluate and compare",
    "mem": "--memory",
}
ZERAUCAP = {
    "language_model_name": "--lm",
    "language_model_code_path": "nothing: no code path is needed",
    "audio_code_path": "nothing: no code path is needed",
    "audio_pt_file": "--encoder wavcaps:FILE (or clap:NAME)",
    "AudioCaps_inference_file_prefix": "--audio of earwitness evaluate and compare",
    "clotho_inference_file_prefix": "--audio of earwitness evaluate and compare",
    "GT_captions_AudioCaps": "--dataset of earwitness compare",
    "GT_captions_clotho": "--dataset of earwitness compare",
    "decoding_len": "--max-tokens",
    "sample_rate": "nothing: each encoder has its own",
    "save_name": "--output",
    "experiment": "--dataset of earwitness compare: a split is a table",
    "include_prompt_magic": "nothing: the published program ignores it",
    "path_to_AudioSet_keywords": "--keyword-list audioset",
    "path_to_ChatGPT_keywords": "--keyword-list audioset+FILE",
    "latex_table_description": "nothing: the published program ignores it",
    "alpha": "--alpha",
    "end_penalty": "--gamma",
}
AUDIBILITY = {
    "lm_model": "--lm gpt2-medium (gpt-2) or EleutherAI/gpt-neo-125M (gpt-neo)",
    "clip_checkpoints": "nothing: the published program ignores it; --encoder imagebind:FILE",
    "target_seq_length": "--tokens",
    "cond_text": "--prompt",
    "reset_context_delta": "nothing: the movement is always forgotten, as published",
    "num_iterations": "--iterations",
    "clip_loss_temperature": "--temperature",
    "clip_scale": "--lambda1",
    "ce_scale": "--lambda0",
    "stepsize": "--step-size",
    "fusion_factor": "--fusion",
    "end_token": "nothing: a caption ends with a period",
    "beam_size": "--beams",
    "top_size": "--candidates",
    "w_guidence": "--lambda2",
    "task": "nothing: sounds are given without a flag",
    "multi_gpu": "--device; in the published program it does not run",
    "run_type": "nothing: the published program ignores it",
    "caption_audio_path": "sounds are given without a flag: earwitness caption FILE",
    "arithmetics_weights": "nothing: the published program ignores it",
    "start": "nothing: name the sounds that are meant",
    "stop": "nothing: name the sounds that are meant",
}
PROGRAMS = {"WSAC": WSAC, "ZerAuCap": ZERAUCAP, "audibility guidance": AUDIBILITY}
"""Arguments that have the same name here are in none of these, but for those whose meaning needs a word."""

# Values of --method in WSAC's evaluation.
BRIDGES = {"ad": "audio", "nnd": "nearest", "pd": "projection"}


def hint(argument: str) -> str:
    """What a published program's argument is here, as the end of a sentence; empty where it is none.

    >>> hint("--bs"), hint("--nothing-known")
    ('; --bs is --batch here', '')
    >>> hint("--audio_code_path")
    '; --audio_code_path is not needed here'
    """
    name = argument.lstrip("-").replace("-", "_")
    for arguments in PROGRAMS.values():
        for theirs, ours in arguments.items():
            if theirs.lower() == name.lower():
                if ours.startswith("nothing"):
                    why = ours.partition(": ")[2]
                    return f"; {argument} is not needed here" + (f": {why}" if "code path" not in why else "")
                return f"; {argument} is {ours.partition(' (')[0]} here"
    return ""
