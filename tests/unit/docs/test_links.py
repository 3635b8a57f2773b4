"""Links within the documents lead somewhere, and the documents speak of what ships."""

import re
from pathlib import Path

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def anchors(document: Path) -> set[str]:
    """Return the anchors that GitHub makes of a document's headings."""
    text = FENCED.sub("", document.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in HEADING.findall(text)
    }


def test_every_link_within_the_project_resolves(documents, root):
    broken = []
    for document in documents:
        for link in LINK.findall(FENCED.sub("", document.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (document.parent / path).resolve() if path else document
            if not target.exists() or (anchor and anchor not in anchors(target)):
                broken.append((document.relative_to(root).as_posix(), link))

    assert broken == []


def test_every_document_is_reached_from_the_first_pages(documents, root):
    reached, waiting = set(), [root / "README.md", root / "docs" / "README.md"]
    while waiting:
        document = waiting.pop()
        if document in reached or document.suffix != ".md":
            continue
        reached.add(document)
        links = LINK.findall(document.read_text(encoding="utf-8"))
        local = [link.partition("#")[0] for link in links if not re.match(r"[a-z]+:", link)]
        waiting += [(document.parent / link).resolve() for link in local if link]

    assert set(documents) - reached == set()


def test_every_page_that_the_code_speaks_of_exists(root):
    named = {
        page
        for folder in ("warnbroker", "channels", "config", "scripts")
        for path in (root / folder).rglob("*")
        if path.suffix in {".py", ".yaml", ".j2", ""} and path.is_file()
        for page in re.findall(r"\bdocs/[\w/-]+\.md", path.read_text("utf-8", errors="replace"))
    }

    assert [page for page in sorted(named) if not (root / page).is_file()] == []
    assert "docs/architecture.md" in named
    assert "the-states-of-a-delivery" in anchors(root / "docs/architecture.md")
