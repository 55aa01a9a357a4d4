"""Datasets of photographs as cameras took them, rated as a whole."""

from mgiqa.datasets.catalogue.facts import Dataset, Layout, LeftOut, ScoreColumn, Std, Table

_VOTES = "every image has the deviation of its votes on the scale of its score"
_KONIQ_IMAGES = ("1024x768/{image}", "512x384/{image}", "images/{image}")
_KONIQ_SPLITS = {"training": "train", "validation": "val", "test": "test"}
_KONIQ_SETS = "koniq10k_distributions_sets.csv"

KONIQ10K = Dataset(
    name="koniq10k",
    title="KonIQ-10k",
    family="authentic",
    layouts=(
        Layout(
            name="official",
            tables=(
                Table(
                    paths=("koniq10k_scores_and_distributions.csv",),
                    columns={"image": "image_name", "score": "MOS", "deviation": "SD"},
                ),
                Table(paths=(_KONIQ_SETS,), columns={"image": "image_name", "set": "set"}, on="image", optional=True),
            ),
            scores=(ScoreColumn("mos", "score", 1, 5, key="overall", std=Std("deviation"), target="soft", why=_VOTES),),
            file="{image}",
            images=_KONIQ_IMAGES,
            content="{image}",
            content_pattern=r"(.+)\.\w+",
            split="set",
            splits=_KONIQ_SPLITS,
        ),
        Layout(
            name="sets only",
            tables=(Table(paths=(_KONIQ_SETS,), columns={"image": "image_name", "score": "MOS", "set": "set"}),),
            scores=(
                ScoreColumn(
                    "mos",
                    "score",
                    0,
                    100,
                    key="overall",
                    why="the file pairs a z-scored MOS with a deviation on 1 to 5, which must not be mixed",
                ),
            ),
            file="{image}",
            images=_KONIQ_IMAGES,
            content="{image}",
            content_pattern=r"(.+)\.\w+",
            split="set",
            splits=_KONIQ_SPLITS,
        ),
    ),
    split_rule="official",
    content_rule="the photograph itself",
    rows=10073,
    contents=10073,
    licence="not stated for the images; MIT for the published metadata",
    citation="V. Hosu, H. Lin, T. Sziranyi, D. Saupe. KonIQ-10k: An ecologically valid database for deep learning of "
    "blind image quality assessment. IEEE TIP 29, 2020.",
    home="http://database.mmsp-kn.de/koniq-10k-database.html",
    notes=(
        "MOS means 1 to 5 in ..._scores_and_distributions.csv and 0 to 100 (z-scored) in ..._distributions_sets.csv.",
        "SD is on 1 to 5 in both files. The two MOS are not linearly related (SRCC .992).",
        "Lists of other projects miss 12 training and 5 test images.",
    ),
)

CLIVE = Dataset(
    name="clive",
    title="LIVE in the Wild Challenge",
    family="authentic",
    layouts=(
        Layout(
            name="official",
            tables=(
                Table(paths=("Data/AllImages_release.mat",), form="mat", columns={"image": "AllImages_release"}),
                Table(paths=("Data/AllMOS_release.mat",), form="mat", columns={"score": "AllMOS_release"}),
                Table(
                    paths=("Data/AllStdDev_release.mat",),
                    form="mat",
                    columns={"deviation": "AllStdDev_release"},
                    optional=True,
                ),
            ),
            scores=(
                ScoreColumn("mos", "score", 0, 100, key="overall", std=Std("deviation"), target="soft", why=_VOTES),
            ),
            file="{image}",
            images=("Images/{image}", "Images/trainingImages/{image}"),
            content="{image}",
            content_pattern=r"(.+)\.\w+",
            left_out=LeftOut("image", r"t[1-7]\.bmp", "images that trained the raters"),
        ),
    ),
    split_rule="content",
    content_rule="the photograph itself",
    rows=1162,
    contents=1162,
    licence="UT Austin: free to use, copy and modify with its copyright notice",
    citation="D. Ghadiyaram, A. C. Bovik. Massive online crowdsourced study of subjective and objective picture "
    "quality. IEEE TIP 25(1), 2016.",
    home="https://live.ece.utexas.edu/research/ChallengeDB/index.html",
    notes=(
        "The first seven of 1,169 images trained the raters; they lie in Images/trainingImages/ and are left out.",
        "Names mix .JPG and .bmp.",
    ),
)

BID = Dataset(
    name="bid",
    title="BID",
    family="authentic",
    layouts=(
        Layout(
            name="official",
            tables=(
                Table(
                    paths=("DatabaseGrades.xls",),
                    form="excel",
                    sheet="Plan1",
                    columns={"number": "Image Number", "score": "Average Subjective Grade"},
                    series={"grade": "Grade #"},
                ),
            ),
            scores=(
                ScoreColumn(
                    "grade",
                    "score",
                    0,
                    5,
                    key="overall",
                    std=Std("grade", "votes", "sample deviation of the grades of each image, on 0 to 5"),
                    target="soft",
                    why="the single grades of every image are published",
                ),
            ),
            file="DatabaseImage{number:04d}.JPG",
            images=("ImageDatabase/DatabaseImage{number:04d}.JPG", "DatabaseImage{number:04d}.JPG"),
            content="{number}",
        ),
    ),
    split_rule="content",
    content_rule="the photograph itself",
    rows=586,
    contents=586,
    licence="not stated",
    citation="A. Ciancio, A. L. N. T. da Costa, E. A. B. da Silva, A. Said, R. Samadani, P. Obrador. No-reference blur "
    "assessment of digital pictures based on multifeature classifiers. IEEE TIP 20(1), 2011.",
    home="http://www02.smt.ufrj.br/~eduardo/ImageDatabase.htm",
    notes=(
        "Images are numbered 1 to 590 with gaps.",
        "For seven images the average differs from the mean of the listed grades; the average is what everyone uses.",
    ),
)

FLIVE = Dataset(
    name="flive",
    title="FLIVE (PaQ-2-PiQ)",
    family="authentic",
    layouts=(
        Layout(
            name="official",
            tables=(Table(paths=("labels_image.csv",), columns={"image": "name", "score": "mos"}),),
            scores=(ScoreColumn("mos", "score", 0, 100, key="overall"),),
            file="{image}",
            images=("{image}", "database/{image}", "FLIVE/{image}"),
            content="{image}",
            content_pattern=r"(.+)\.\w+",
        ),
    ),
    split_rule="content",
    content_rule="the photograph itself",
    rows=39810,
    contents=39810,
    licence="CC BY-NC 4.0",
    citation="Z. Ying, H. Niu, P. Gupta, D. Mahajan, D. Ghadiyaram, A. C. Bovik. From patches to pictures (PaQ-2-PiQ): "
    "Mapping the perceptual space of picture quality. CVPR 2020.",
    home="https://github.com/niu-haoran/FLIVE_Database",
    notes=("The paper tests on images with a side above 640 pixels, a split that this label file does not state.",),
)

UHD_IQA = Dataset(
    name="uhd_iqa",
    title="UHD-IQA",
    family="authentic",
    layouts=(
        Layout(
            name="official",
            tables=(
                Table(
                    paths=("uhd-iqa-metadata.csv",),
                    columns={"image": "image_name", "score": "quality_mos", "set": "set"},
                ),
            ),
            scores=(ScoreColumn("quality", "score", 0, 1, key="overall"),),
            file="{image}",
            images=("{set}/{image}", "images/{image}", "{image}"),
            content="{image}",
            content_pattern=r"(.+)\.\w+",
            split="set",
            splits=_KONIQ_SPLITS,
        ),
    ),
    split_rule="official",
    content_rule="the photograph itself",
    rows=6073,
    contents=6073,
    licence="not stated for the scores; the images are from Pixabay",
    citation="V. Hosu, L. Agnolucci, O. Wiedemann, D. Iso, D. Saupe. UHD-IQA benchmark database: Pushing the "
    "boundaries of blind photo quality assessment. ECCV Workshops 2024.",
    home="https://database.mmsp-kn.de/uhd-iqa-benchmark-database.html",
    notes=("Images are 3840 pixels wide.",),
)

AUTHENTIC = (KONIQ10K, CLIVE, BID, FLIVE, UHD_IQA)
