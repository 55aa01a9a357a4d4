"""A built page is shown without a network: whatever a browser would fetch from elsewhere is found."""

import pytest
from offline import find_remote, remote_in_page


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example/a.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        '<link rel="preconnect" href="https://fonts.example">',
        '<img src="http://pictures.example/a.png">',
        '<img srcset="https://pictures.example/a.png 2x">',
        '<iframe src="https://film.example"></iframe>',
        '<p style="background: url(https://pictures.example/a.png)">',
        "<style>@import 'https://fonts.example/css';</style>",
        '<svg><use href="https://icons.example/a.svg#b"></use></svg>',
        '<pre class="mermaid">graph TD</pre>',
    ],
)
def test_what_a_browser_would_fetch_is_found(page: str) -> None:
    assert len(remote_in_page(page)) == 1


@pytest.mark.parametrize(
    "page",
    [
        '<a href="https://paper.example">a paper</a>',
        '<link rel="canonical" href="https://site.example">',
        '<script src="assets/a.js"></script><img src="../a.png"><img src="data:image/png;base64,AA">',
        "<code>url(https://pictures.example)</code>",
    ],
)
def test_what_a_reader_follows_or_the_site_holds_is_none(page: str) -> None:
    assert remote_in_page(page) == []


def test_every_page_and_style_sheet_is_read(tmp_path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "page.html").write_text('<img src="https://a.example/b.png">')
    (tmp_path / "style.css").write_text("a { background: url(https://a.example/c.png) }")
    assert find_remote(tmp_path) == [
        "deep/page.html: <img> https://a.example/b.png",
        "style.css: https://a.example/c.png",
    ]
