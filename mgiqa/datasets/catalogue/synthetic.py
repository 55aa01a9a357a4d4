"""Datasets whose images are pristine photographs with distortions added in a laboratory."""

from mgiqa.datasets.catalogue.facts import Dataset, Layout, LeftOut, ScoreColumn, Std, Table

KADID10K = Dataset(
    name="kadid10k",
    title="KADID-10k",
    family="synthetic",
    layouts=(
        Layout(
            name="official",
            tables=(
                Table(
                    paths=("dmos.csv",),
                    columns={"image": "dist_img", "reference": "ref_img", "score": "dmos", "variance": "var"},
                ),
            ),
            scores=(
                ScoreColumn(
                    "quality",
                    "score",
                    1,
                    5,
                    key="overall",
                    std=Std("variance", "variance", "root of the column var, a variance of the votes on 1 to 5"),
                    target="soft",
                    why="every image has the variance of about 30 votes on the scale of its score",
                ),
            ),
            file="{image}",
            images=("images/{image}",),
            content="{reference}",
            content_pattern=r"(.+)\.png",
        ),
    ),
    split_rule="content",
    content_rule="the pristine reference image (I01 to I81)",
    rows=10125,
    contents=81,
    licence="not stated for the scores; the pristine images are from Pixabay",
    citation="H. Lin, V. Hosu, D. Saupe. KADID-10k: A large-scale artificially distorted IQA database. QoMEX 2019.",
    home="http://database.mmsp-kn.de/kadid-10k-database.html",
    notes=(
        "The column dmos rises with quality, although DMOS usually falls.",
        "The column var is a variance; its root is the standard deviation.",
        "Two images have variance 0: I02_02_05.png and I58_04_05.png.",
        "320 distorted images equal their reference pixel by pixel (types 01, 03, 08 at level 1 and 18 at level 3).",
        "The level is not the severity for types 18 (mean shift) and 25 (contrast).",
        "The folder images/ also holds the 81 references, which have no score.",
    ),
)

TID2013 = Dataset(
    name="tid2013",
    title="TID2013",
    family="synthetic",
    layouts=(
        Layout(
            name="official",
            tables=(
                Table(paths=("mos_with_names.txt",), columns={"score": 0, "image": 1}, delimiter=" "),
                Table(paths=("mos_std.txt",), columns={"error": 0}, delimiter=" ", optional=True),
            ),
            scores=(
                ScoreColumn(
                    "quality",
                    "score",
                    0,
                    9,
                    key="overall",
                    std=Std("error", source="mos_std.txt: deviation of the MOS estimate, much smaller than of a vote"),
                    target="hard",
                    why="the published deviation is that of the mean, not of the votes",
                ),
            ),
            file="{image}",
            images=("distorted_images/{image}",),
            content="{image}",
            content_pattern=r"[Ii](\d+)_.+",
        ),
    ),
    split_rule="content",
    content_rule="the pristine reference image, the number after the first letter",
    rows=3000,
    contents=25,
    licence="not stated",
    citation="N. Ponomarenko et al. Image database TID2013: Peculiarities, results and perspectives. Signal "
    "Processing: Image Communication 30, 2015.",
    home="https://www.ponomarenko.info/tid2013.htm",
    notes=(
        "File names mix i..bmp, I..bmp and I..BMP, so files are found whatever their case.",
        "The level is not the severity for types 14, 15 and 17.",
    ),
)

CSIQ = Dataset(
    name="csiq",
    title="CSIQ",
    family="synthetic",
    layouts=(
        Layout(
            name="official",
            tables=(
                Table(
                    paths=("csiq.DMOS.xlsx", "csiq.beta.xlsx"),
                    form="excel",
                    sheet="all_by_image",
                    header=3,
                    columns={
                        "reference": "image",
                        "type": "dst_type",
                        "level": "dst_lev",
                        "score": "dmos",
                        "deviation": "dmos_std",
                    },
                ),
            ),
            scores=(
                ScoreColumn(
                    "quality",
                    "score",
                    0,
                    1,
                    key="overall",
                    higher_is_better=False,
                    std=Std("deviation", source="dmos_std: deviation over observers, on 0 to 1"),
                    target="soft",
                    why="every image has the deviation of its observers on the scale of its score",
                ),
            ),
            file="{reference}.{type}.{level}.png",
            images=("dst_imgs/{type}/{reference}.{type}.{level}.png", "{type}/{reference}.{type}.{level}.png"),
            content="{reference}",
            values={"type": {"noise": "AWGN", "blur": "BLUR", "jpeg": "JPEG", "jpeg 2000": "jpeg2000"}},
        ),
    ),
    split_rule="content",
    content_rule="the pristine reference image",
    rows=866,
    contents=30,
    licence="not stated",
    citation="E. C. Larson, D. M. Chandler. Most apparent distortion: Full-reference image quality assessment and the "
    "role of strategy. Journal of Electronic Imaging 19(1), 2010.",
    home="https://s2.smu.edu/~eclarson/csiq.html",
    notes=(
        "A true DMOS: 0 is perfect, 1 is worst.",
        "The header of the sheet all_by_image is in row 4, column D.",
        "Contrast has 116 images, every other type 150.",
    ),
)

_LIVE_BLOCKS = (("jp2k", 227), ("jpeg", 233), ("wn", 174), ("gblur", 174), ("fastfading", 174))
_LIVE_ROWS = Table(form="blocks", blocks=_LIVE_BLOCKS)
_LIVE_REFERENCES = Table(paths=("refnames_all.mat",), form="mat", columns={"reference": "refnames_all"})


def _live_layout(name: str, scores: Table, score: ScoreColumn) -> Layout:
    return Layout(
        name=name,
        tables=(_LIVE_ROWS, scores, _LIVE_REFERENCES),
        scores=(score,),
        file="{block}/img{number}.bmp",
        images=("{block}/img{number}.bmp",),
        content="{reference}",
        content_pattern=r"(.+)\.bmp",
        left_out=LeftOut("original", r"1(\.0)?", "copies of the reference, which were not rated"),
    )


_LIVE = Dataset(
    name="live",
    title="LIVE release 2",
    family="synthetic",
    layouts=(
        _live_layout(
            "realigned",
            Table(
                paths=("dmos_realigned.mat",),
                form="mat",
                columns={"score": "dmos_new", "deviation": "dmos_std", "original": "orgs"},
            ),
            ScoreColumn(
                "quality",
                "score",
                -5,
                115,
                key="overall",
                higher_is_better=False,
                std=Std("deviation", source="dmos_std: deviation over observers, on the scale of dmos_new"),
                target="soft",
                why="every image has the deviation of its observers on the scale of its score",
            ),
        ),
        _live_layout(
            "not realigned",
            Table(paths=("dmos.mat",), form="mat", columns={"score": "dmos", "original": "orgs"}),
            ScoreColumn("quality", "score", 0, 100, key="overall", higher_is_better=False),
        ),
    ),
    split_rule="content",
    content_rule="the pristine reference image",
    rows=779,
    contents=29,
    licence="UT Austin: free to use, copy and modify with its copyright notice",
    citation="H. R. Sheikh, M. F. Sabir, A. C. Bovik. A statistical evaluation of recent full reference image quality "
    "assessment algorithms. IEEE TIP 15(11), 2006.",
    home="https://live.ece.utexas.edu/research/quality/subjective.htm",
    notes=(
        "A true DMOS: low is good. Tables of other projects call it mos.",
        "Realigned scores leave 0 to 100 (-2.6 to 111.8 are known), hence the wider declared range.",
        "203 of the 982 files are copies of references, marked in orgs and left out.",
    ),
)

AVT_HEVC = Dataset(
    name="avt_hevc",
    title="AVT image quality test 1 (HEVC)",
    family="synthetic",
    layouts=(
        Layout(
            name="official",
            tables=(
                Table(
                    paths=("test_1/mos_ci.csv",),
                    columns={"image": "image_name", "score": "mos", "deviation": "std"},
                ),
            ),
            scores=(
                ScoreColumn(
                    "quality",
                    "score",
                    1,
                    5,
                    key="overall",
                    std=Std("deviation"),
                    target="soft",
                    why="every image has the deviation of 21 votes on the scale of its score",
                ),
            ),
            file="{image}.png",
            images=("test_1/images/{image}.png",),
            content="{image}",
            content_pattern=r"(.+)_1frame_crf_\d+_height_\d+",
        ),
    ),
    split_rule="content",
    content_rule="the source video, the part of the name before _1frame",
    rows=371,
    contents=38,
    licence="GPL-3.0",
    citation="S. Göring, A. Raake et al. Image quality test of H.265 compressed frames, TU Ilmenau, 2019.",
    home="https://github.com/Telecommunication-Telemedia-Assessment/image_quality_test",
    notes=("Names hold several dots and lack .png in the table.", "The deviation of 20 images is 0: all raters agree."),
)

SYNTHETIC = (KADID10K, TID2013, CSIQ, _LIVE, AVT_HEVC)
