"""Datasets of images that a model made from a text."""

from mgiqa.datasets.catalogue.facts import Dataset, Layout, ScoreColumn, Std, Table

_VOTES = "every image has the deviation of its votes on the scale of its score"

AGIQA3K = Dataset(
    name="agiqa3k",
    title="AGIQA-3K",
    family="generated",
    layouts=(
        Layout(
            name="official",
            tables=(
                Table(
                    paths=("data.csv",),
                    columns={
                        "image": "name",
                        "prompt": "prompt",
                        "quality": "mos_quality",
                        "quality_std": "std_quality",
                        "alignment": "mos_align",
                        "alignment_std": "std_align",
                    },
                ),
            ),
            scores=(
                ScoreColumn(
                    "quality", "quality", 0, 5, key="overall", std=Std("quality_std"), target="soft", why=_VOTES
                ),
                ScoreColumn("alignment", "alignment", 0, 5, std=Std("alignment_std"), target="soft", why=_VOTES),
            ),
            file="{image}",
            images=("{image}", "images/{image}", "image/{image}", "AGIQA-3K/{image}"),
            content="{image}",
            content_pattern=r".+_(\d+)\.\w+",
            prompt="prompt",
        ),
    ),
    split_rule="content",
    content_rule="the prompt: the number at the end of the file name, which all generators share",
    rows=2982,
    contents=300,
    licence="MIT",
    citation="C. Li, Z. Zhang, H. Wu, W. Sun, X. Min, X. Liu, G. Zhai, W. Lin. AGIQA-3K: An open database for "
    "AI-generated image quality assessment. IEEE TCSVT 2023.",
    home="https://github.com/lcysyzxdxc/AGIQA-3k-Database",
    notes=(
        "Quality goes down to exactly 0.",
        "The 80/20 splits of public projects share every prompt between training and test.",
        "File names hold dots (sd1.5_normal_000.jpg).",
    ),
)

_AGIQA1K_IMAGES = ("file/{image}", "images/{image}", "{image}")

AGIQA1K = Dataset(
    name="agiqa1k",
    title="AGIQA-1K",
    family="generated",
    layouts=(
        Layout(
            name="official",
            tables=(
                Table(
                    paths=("AIGC_MOS_Zscore.xlsx",),
                    form="excel",
                    columns={"image": "Image", "prompt": "Prompt", "score": "MOS"},
                ),
            ),
            scores=(ScoreColumn("quality", "score", 0, 5, key="overall"),),
            file="{image}",
            images=_AGIQA1K_IMAGES,
            content="{image}",
            content_pattern=r"[A-Za-z]+_(.+)\.\w+",
            prompt="prompt",
        ),
        Layout(
            name="raw",
            tables=(Table(paths=("AIGC_all.csv",), columns={"image": "Image", "score": "Score"}),),
            scores=(ScoreColumn("quality", "score", 0, 5, key="overall"),),
            file="{image}",
            images=_AGIQA1K_IMAGES,
            content="{image}",
            content_pattern=r"[A-Za-z]+_(.+)\.\w+",
        ),
    ),
    split_rule="content",
    content_rule="the prompt: the numbers of the file name, which both generators share",
    rows=1080,
    licence="MIT",
    citation="Z. Zhang, C. Li, W. Sun, X. Liu, X. Min, G. Zhai. A perceptual quality assessment exploration for AIGC "
    "images. ICME Workshops 2023.",
    home="https://github.com/lcysyzxdxc/AGIQA-1k-Database",
    notes=(
        "Two official files disagree (SRCC .805): z-scores (xlsx, preferred) and raw means (csv).",
        "Two names differ between them.",
    ),
)

_MODELS = ("controlnet", "dalle", "glide", "lafite", "stable-diffusion", "unidiffuser")


def _aigciqa2023_scores(number: int, name: str) -> Table:
    return Table(
        paths=(f"DATA/MOS/mosz{number}.mat", f"MOS/mosz{number}.mat", f"mosz{number}.mat"),
        form="mat",
        columns={name: "MOSz"},
        optional=number > 1,
    )


AIGCIQA2023 = Dataset(
    name="aigciqa2023",
    title="AIGCIQA2023",
    family="generated",
    layouts=(
        Layout(
            name="official",
            tables=(
                Table(
                    form="blocks",
                    blocks=tuple((f"{model}/p{prompt:03d}", 4) for model in _MODELS for prompt in range(100)),
                ),
                _aigciqa2023_scores(1, "quality"),
                _aigciqa2023_scores(2, "authenticity"),
                _aigciqa2023_scores(3, "correspondence"),
            ),
            scores=(
                ScoreColumn(
                    "quality", "quality", 0, 100, key="overall", why="the scale of the published SD is not stated"
                ),
                ScoreColumn("authenticity", "authenticity", 0, 100),
                ScoreColumn("correspondence", "correspondence", 0, 100),
            ),
            file="{row}.png",
            images=("Image/allimg/{row}.png", "allimg/{row}.png"),
            content="{block}",
            content_pattern=r".+/(p\d+)",
        ),
    ),
    split_rule="content",
    content_rule="the prompt: four images each of 100 prompts for each of six models, in this order",
    rows=2400,
    contents=100,
    licence="not stated",
    citation="J. Wang, H. Duan, J. Liu, S. Chen, X. Min, G. Zhai. AIGCIQA2023: A large-scale image quality assessment "
    "database for AI generated images. CICAI 2023.",
    home="https://github.com/wangjiarui153/AIGCIQA2023",
    notes=(
        "Images are numbered 0 to 2399 over all models.",
        "DATA/STD/ holds deviations on a scale that is not stated, so they are not used.",
    ),
)

AVT_AI = Dataset(
    name="avt_ai",
    title="AVT AI images",
    family="generated",
    layouts=(
        Layout(
            name="official",
            tables=(
                Table(
                    paths=("evaluation_quality_appeal/quality.csv",),
                    columns={"image": "image_key", "quality": "rating", "quality_std": "std", "prompt_id": "prompt"},
                ),
                Table(
                    paths=("evaluation_quality_appeal/appeal.csv",),
                    columns={"image": "image_key", "appeal": "rating", "appeal_std": "std"},
                    on="image",
                ),
                Table(
                    paths=("evaluation/all_ratings.csv",),
                    columns={"image": "image_key", "realism": "realism_mean", "match": "prompt_matching_mean"},
                    on="image",
                ),
                Table(paths=("images/prompts.csv",), columns={"prompt_id": "ID", "prompt": "prompts"}, on="prompt_id"),
            ),
            scores=(
                ScoreColumn(
                    "quality", "quality", 1, 5, key="overall", std=Std("quality_std"), target="soft", why=_VOTES
                ),
                ScoreColumn("appeal", "appeal", 1, 5, std=Std("appeal_std"), target="soft", why=_VOTES),
                ScoreColumn("realism", "realism", 1, 5),
                ScoreColumn("prompt_match", "match", 1, 5),
            ),
            file="{image}.png",
            images=("images/{image}.png",),
            content="{prompt_id}",
            prompt="prompt",
        ),
    ),
    split_rule="content",
    content_rule="the prompt (p01 to p27)",
    rows=146,
    contents=27,
    licence="GPL-3.0",
    citation="S. Göring, R. R. R. Rao, R. Merten, A. Raake. Analysis of appeal for realistic AI-generated photos. IEEE "
    "Access 11, 2023.",
    home="https://github.com/Telecommunication-Telemedia-Assessment/avt_ai_images",
    notes=("11 of the images are photographs taken for the same prompts (own/).",),
)

GENERATED = (AGIQA3K, AGIQA1K, AIGCIQA2023, AVT_AI)
