"""How the columns of tables are called: one for each kind of value and each key of an attribute."""


def mos_column(key: str) -> str:
    """Human score, higher is better; on the common 1-5 scale from the manifest on."""
    return f"mos_{key}"


def std_column(key: str) -> str:
    """Standard deviation over raters, on the scale of the human score."""
    return f"std_{key}"


def raw_column(key: str) -> str:
    """Human score as the dataset has it."""
    return f"raw_{key}"


def raw_std_column(key: str) -> str:
    """Standard deviation over raters as the dataset has it."""
    return f"raw_std_{key}"


def target_column(key: str) -> str:
    """Whether two images of the dataset are compared by a hard or by a soft target."""
    return f"target_{key}"


def score_column(key: str) -> str:
    """Score that a model gives, from 1 to 5; higher is better."""
    return f"score_{key}"


def spread_column(key: str) -> str:
    """Standard deviation over a model's readable answers."""
    return f"spread_{key}"
