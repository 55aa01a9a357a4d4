"""Datasets of restored images: what a picture looks like after an algorithm mended it."""

from mgiqa.datasets.catalogue.facts import Dataset, Layout, ScoreColumn, Table

PIPAL = Dataset(
    name="pipal",
    title="PIPAL",
    family="restoration",
    layouts=(
        Layout(
            name="official",
            tables=(Table(paths=("Train_Label/*.txt",), columns={"image": 0, "score": 1}),),
            scores=(
                ScoreColumn(
                    "quality",
                    "score",
                    850,
                    1900,
                    key="overall",
                    why="an Elo rating from comparisons has no deviation of votes",
                ),
            ),
            file="{image}",
            images=(
                *(f"Distortion_{part}/{{image}}" for part in range(1, 5)),
                "Train_Dist/{image}",
                "Train_Dis/{image}",
                "Dist/{image}",
            ),
            content="{image}",
            content_pattern=r"(A\d+)_.+",
        ),
    ),
    split_rule="content",
    content_rule="the reference image (A0001 and on)",
    rows=23200,
    contents=200,
    licence="not stated",
    citation="J. Gu, H. Cai, H. Chen, X. Ye, J. Ren, C. Dong. PIPAL: A large-scale image quality assessment dataset "
    "for perceptual image restoration. ECCV 2020.",
    home="https://github.com/HaomingCai/PIPAL-dataset",
    notes=("Elo has no bounds; the declared range is this catalogue's, around the known 916.7 to 1836.0.",),
)

LIU13 = Dataset(
    name="liu13",
    title="Liu13 (motion deblurring)",
    family="restoration",
    layouts=(
        Layout(
            name="visualquality_r1",
            tables=(
                Table(paths=("Deblur_test_all.txt",), columns={"reference": 0, "image": 1, "score": 2}, delimiter=" "),
            ),
            scores=(ScoreColumn("quality", "score", 1, 5, key="overall", why="scores come from pairwise comparisons"),),
            file="{image}",
            images=("{image}", "images/{image}", "Deblur/{image}"),
            content="{image}",
            content_pattern=r"(\d+)_\d+\.png",
        ),
    ),
    split_rule="test",
    content_rule="the blurred photograph, the number before the underscore",
    rows=1199,
    contents=40,
    licence="not stated",
    citation="Y. Liu, J. Wang, S. Cho, A. Finkelstein, S. Rusinkiewicz. A no-reference metric for evaluating the "
    "quality of motion deblurring. ACM Transactions on Graphics (SIGGRAPH Asia) 2013.",
    home="https://gfx.cs.princeton.edu/pubs/Liu_2013_ANM/",
    notes=(
        "The only public score list is that of VisualQuality-R1, min-maxed to 1 to 5 over all groups.",
        "1_30.png is absent, hence 1,199 and not 1,200 rows.",
        "The form of its authors' own scores is described nowhere public; read such a table as custom.",
    ),
)

_SRIQA_SCORE = ScoreColumn("quality", "score", 0, 100, key="overall", why="scores come from pairwise comparisons")

SRIQA_BENCH = Dataset(
    name="sriqa_bench",
    title="SRIQA-Bench",
    family="restoration",
    layouts=(
        Layout(
            name="official",
            tables=(Table(paths=("MOS/*.txt",), columns={"image": 0, "score": 1}, delimiter=", "),),
            scores=(_SRIQA_SCORE,),
            file="{image}",
            images=("images/{method}/{image}", "images/{model}/{image}"),
            content="{image}",
            content_pattern=r"(.+)_[^_]+\.png",
            parts={"method": ("{image}", r"_([^_]+?)(?:x4)?\.png$"), "model": ("{image}", r"_([^_]+)\.png$")},
            per_content=True,
        ),
        Layout(
            name="visualquality_r1",
            tables=(
                Table(
                    paths=("SRIQA-Bench_test_all.txt",),
                    columns={"reference": 0, "image": 1, "score": 2},
                    delimiter=" ",
                ),
            ),
            scores=(_SRIQA_SCORE,),
            file="{image}",
            images=("{image}", "images/{image}", "SRIQA-Bench/{image}"),
            content="{reference}",
            content_pattern=r"(.+)_Original\.png",
            per_content=True,
        ),
    ),
    split_rule="test",
    content_rule="the low-resolution photograph",
    rows=1100,
    contents=100,
    licence="non-commercial academic research only; no redistribution",
    citation="D. Chen, T. Wu, K. Ma, L. Zhang. Toward generalized image quality assessment: Relaxing the perfect "
    "reference quality assumption (A-FINE). CVPR 2025.",
    home="https://github.com/ChrisDud0257/AFINE",
    notes=(
        "Scores run from 0 to 100 within every content, so they compare within a content only.",
        "The original is one of the 11 versions, and not always the best.",
    ),
)

SHRQ = Dataset(
    name="shrq",
    title="SHRQ (Min19, dehazing)",
    family="restoration",
    layouts=(
        Layout(
            name="visualquality_r1",
            tables=(
                Table(paths=("dehaze_test_all.txt",), columns={"reference": 0, "image": 1, "score": 2}, delimiter=" "),
            ),
            scores=(ScoreColumn("quality", "score", 1, 5, key="overall"),),
            file="{image}",
            images=("{image}", "images/{image}", "regular/{image}", "aerial/{image}"),
            content="{image}",
            content_pattern=r"(.+)_[^_]+\.png",
        ),
    ),
    split_rule="test",
    content_rule="the haze-free photograph, the name before the last underscore",
    rows=600,
    contents=75,
    licence="not stated",
    citation="X. Min, G. Zhai, K. Gu, Y. Zhu, J. Zhou, G. Guo, X. Yang, X. Guan, W. Zhang. Quality evaluation of image "
    "dehazing methods using synthetic hazy images. IEEE Transactions on Multimedia 21(9), 2019.",
    home="https://doi.org/10.1109/TMM.2019.2902097",
    notes=(
        "45 regular and 30 aerial contents were rated in two studies; the public list pools and rescales them.",
        "Some contents hold an underscore themselves (lawn1_D1).",
        "The form of its authors' own scores is described nowhere public; read such a table as custom.",
    ),
)

RESTORATION = (PIPAL, LIU13, SRIQA_BENCH, SHRQ)
