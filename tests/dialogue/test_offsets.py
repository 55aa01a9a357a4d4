"""Which characters a token stands for, in texts of one-byte tokens and of characters that several tokens make."""

from mgiqa.dialogue.offsets import token_offsets


class Bytes:
    """A vocabulary of bytes, 0 to 255, and one special token; as byte-level tokenizers decode them."""

    def decode(self, ids: list[int], skip_special_tokens: bool) -> str:
        assert skip_special_tokens
        return bytes(one for one in ids if one < 256).decode("utf-8", errors="replace")


def spelled(text: str) -> list[str]:
    ids = [*text.encode(), 256, 256]
    return [text[start:end] for start, end in token_offsets(Bytes(), ids, text)]


def test_each_token_has_its_characters_and_special_ones_have_none() -> None:
    assert spelled("Noise: 3.5") == [*"Noise: 3.5", "", ""]


def test_a_character_of_several_tokens_belongs_to_the_last_and_shifts_nothing_after_it() -> None:
    assert spelled("é 4") == ["", "é", " ", "4", "", ""]
    assert spelled("a\U0001f600b") == ["a", "", "", "", "\U0001f600", "b", "", ""]


def test_no_token_is_before_the_one_before_it() -> None:
    text = "größer \u2713 ok"
    offsets = token_offsets(Bytes(), list(text.encode()), text)
    assert (offsets[1:, 0] == offsets[:-1, 1]).all() and offsets[0, 0] == 0 and offsets[-1, 1] == len(text)
