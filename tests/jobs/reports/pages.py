"""What every page of ours must be."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

VOID = {"meta", "br", "hr", "link", "img", "input"}


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.opened.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


def check_page(text: str) -> str:
    """Well formed, and nothing in it reaches out of it; returns the text without plots and tags."""
    parser = _Parser()
    parser.feed(text)
    assert parser.opened == []
    assert not parser.seen & {"script", "link", "img", "iframe", "object", "embed", "form", "a"}
    assert not parser.attributes & {"src", "href", "xlink:href", "onload", "onclick"}
    assert not re.search(r"https?://|url\(|@import|//", text)
    for plot in plots(text):
        ElementTree.fromstring(plot)
        assert "nan" not in plot
        assert "inf" not in plot.replace("info", "")
    return re.sub(r"<[^>]+>", " ", re.sub(r"<(svg|style).*?</\1>", " ", text, flags=re.DOTALL))


def plots(text: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>", text, re.DOTALL)
