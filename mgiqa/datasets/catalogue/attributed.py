"""Datasets of photographs as cameras took them, rated attribute by attribute."""

from mgiqa.datasets.catalogue.facts import Dataset, Layout, ScoreColumn, Std, Table

_SPAQ_SCORES = (
    ("mos", "overall"),
    ("brightness", None),
    ("colorfulness", "color"),
    ("contrast", None),
    ("noisiness", "noise"),
    ("sharpness", "sharpness"),
)

SPAQ = Dataset(
    name="spaq",
    title="SPAQ",
    family="authentic",
    layouts=(
        Layout(
            name="official",
            tables=(
                Table(
                    paths=("Annotations/MOS and Image attribute scores.xlsx",),
                    form="excel",
                    columns={
                        "image": "Image name",
                        "mos": "MOS",
                        "brightness": "Brightness",
                        "colorfulness": "Colorfulness",
                        "contrast": "Contrast",
                        "noisiness": "Noisiness",
                        "sharpness": "Sharpness",
                    },
                ),
            ),
            scores=tuple(ScoreColumn(name, name, 0, 100, key=key) for name, key in _SPAQ_SCORES),
            file="{image}",
            images=("TestImage/{image}", "Dataset/TestImage/{image}"),
            content="{image}",
            content_pattern=r"(.+)\.\w+",
        ),
    ),
    split_rule="content",
    content_rule="the photograph itself",
    rows=11125,
    contents=11125,
    licence="not stated",
    citation="Y. Fang, H. Zhu, Y. Zeng, K. Ma, Z. Wang. Perceptual quality assessment of smartphone photography. "
    "CVPR 2020.",
    home="https://github.com/h4nwei/SPAQ",
    notes=(
        "Noisiness rises with quality: 100 means clean (SRCC with MOS +.893).",
        "The official table has no standard deviations; those of derived lists lie on 0 to 100.",
        "Some photographs carry an EXIF orientation, for example 00008.jpg.",
    ),
)

_PARA_SCORES = (
    ("qualityScore", "overall"),
    ("aestheticScore", None),
    ("colorScore", "color"),
    ("compositionScore", "composition"),
    ("dofScore", None),
    ("lightScore", None),
    ("contentScore", None),
)

PARA = Dataset(
    name="para",
    title="PARA",
    family="authentic",
    layouts=(
        Layout(
            name="official",
            tables=(
                Table(
                    paths=("annotation/PARA-Giaa*.csv",),
                    columns={
                        "part": "@file",
                        "session": "sessionId",
                        "image": "imageName",
                        **{name: f"{name}_mean" for name, _ in _PARA_SCORES},
                        **{f"{name}_std": f"{name}_std" for name, _ in _PARA_SCORES},
                    },
                ),
            ),
            scores=tuple(
                ScoreColumn(
                    name.removesuffix("Score").lower(),
                    name,
                    1,
                    5,
                    key=key,
                    std=Std(f"{name}_std"),
                    target="soft",
                    why="every image has the deviation of about 25 votes on the scale of its score",
                )
                for name, key in _PARA_SCORES
            ),
            file="{session}/{image}",
            images=("imgs/{session}/{image}",),
            content="{session}/{image}",
            content_pattern=r"(.+)\.\w+",
            split="part",
            splits={"PARA-GiaaTrain": "train", "PARA-GiaaTest": "test"},
        ),
    ),
    split_rule="official",
    content_rule="the photograph itself",
    rows=31220,
    contents=31220,
    licence="for research and learning only, by agreement",
    citation="Y. Yang, L. Xu, L. Li, N. Qie, Y. Li, P. Zhang, Y. Guo. Personalized image aesthetics assessment with "
    "rich attributes. CVPR 2022.",
    home="https://cv-datasets.institutecv.com",
    notes=("PARA-Images.csv holds the single votes and is not needed.",),
)

ATTRIBUTED = (SPAQ, PARA)
