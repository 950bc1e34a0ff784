"""Papers are known by what they hold."""

import io

import pytest

from roadworks.base import documents
from roadworks.base.documents import DocumentRefused, look, shown_name
from tests.support import documents as made
from tests.support.cast import jpeg


def str_or_place(value):
    """Names of cases must not hold what is made anew each time: archives carry the hour."""
    return value if isinstance(value, str) else None if not isinstance(value, bytes) else "content"


PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("pdf", made.PDF),
        ("docx", made.office("word/document.xml")),
        ("xlsx", made.office("xl/workbook.xml")),
        ("pptx", made.office("ppt/presentation.xml")),
        ("doc", made.old_office("WordDocument")),
        ("xls", made.old_office("1", "2", "3", "4", "Workbook")),
        ("ppt", made.old_office("PowerPoint Document")),
        ("jpg", jpeg()),
    ],
    ids=str_or_place,
)
def test_each_kind_is_known_by_its_content(kind, content):
    file = io.BytesIO(content)
    found = look(file)
    assert (found.kind, found.size, file.tell()) == (kind, len(content), 0)


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("empty", b""),
        ("unknown", b"<html><script>alert(1)</script>"),
        ("unknown", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("unknown", b"MZ\x90\x00program"),
        ("unknown", b" %PDF-1.4"),
        ("unknown", made.office("a.txt")),
        ("unknown", made.office("word/document.xml", "xl/workbook.xml")),
        ("unknown", made.old_office("Contents")),
        ("macros", made.office("word/document.xml", "word/vbaProject.bin")),
        ("macros", made.old_office("WordDocument", "Macros")),
        ("bomb", made.bomb()),
        ("bomb", made.list_bomb()),
        ("damaged", made.office("word/document.xml")[:60]),
        ("damaged", b"PK\x03\x04" + b"\0" * 100),
        ("damaged", made.old_office("WordDocument")[:300]),
        ("damaged", b"\xff\xd8\xff\xe0nothing more"),
        ("damaged", PNG + b"nothing more"),
    ],
    ids=str_or_place,
)
def test_what_is_no_paper_is_refused_with_a_reason(code, content):
    with pytest.raises(DocumentRefused) as refused:
        look(io.BytesIO(content))
    assert refused.value.code == code
    assert refused.value.field == "file"


def test_a_file_over_the_limit_is_refused_without_being_held(monkeypatch):
    monkeypatch.setattr(documents, "MOST_BYTES", 1000)
    with pytest.raises(DocumentRefused) as refused:
        look(io.BytesIO(made.PDF + b"x" * 1000))
    assert refused.value.code == "too_big"


@pytest.mark.parametrize(("shift", "start"), [(9, 0xFFFFFFF0), (12, 1), (9, 0), (31, 1)])
def test_a_compound_file_that_leads_in_circles_or_nowhere_ends(shift, start):
    import struct

    content = bytearray(made.old_office("WordDocument"))
    struct.pack_into("<H", content, 30, shift)
    struct.pack_into("<I", content, 48, start)
    struct.pack_into("<4I", content, 512, 0, 1, 2, 0)
    with pytest.raises(DocumentRefused):
        look(io.BytesIO(bytes(content)))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("合同.docx", "合同.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\文件\\图纸 终稿.dwg", "图纸 终稿.pdf"),
        ("gpj.\u202efdp.exe", "gpj.fdp.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie: x.pdf"),
        ("", "paper.pdf"),
        (None, "paper.pdf"),
        ("..", "paper.pdf"),
        ("长" * 300 + ".pdf", "长" * 110 + ".pdf"),
    ],
)
def test_a_name_is_shown_without_path_turns_or_a_false_ending(said, shown):
    assert shown_name(said, "pdf") == shown
