"""The files in static/ as browsers get them: kept for ever under their marks, compressed where it is safe."""

import re
from pathlib import Path

import brotli
from flask.testing import FlaskClient

from roadworks.base.files import FORMER
from tests.support import cast as people


def address(client, name: str) -> str:
    page = client.get("/login", follow_redirects=True).get_data(as_text=True)
    return re.search(rf'"(/static/[0-9a-f]{{10}}/{name})"', page)[1]


def test_a_file_is_kept_for_ever_under_its_mark_and_looked_after_under_any_other(stage):
    client = stage.app.test_client()
    own = address(client, "js/main.js")
    kept = client.get(own)
    assert kept.headers["Cache-Control"] == "max-age=31536000, immutable"
    assert "Cookie" not in kept.headers["Vary"]
    for other in ("/static/js/main.js", "/static/0123456789/js/main.js"):
        answer = client.get(other)
        assert (answer.headers["Cache-Control"], answer.data) == ("no-cache", kept.data)
        assert client.get(other, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get("/static/0123456789/js/none.js").status_code == 404


def test_a_script_that_is_called_otherwise_now_is_found_by_pages_that_were_open_before(stage):
    client = stage.app.test_client()
    for former, name in FORMER.items():
        answer = client.get(f"/static/0123456789/{former}")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
        assert answer.data == client.get(f"/static/{name}").data


def test_comments_and_indents_stay_at_home_and_lines_where_they_were(stage):
    client = stage.app.test_client()
    source = (Path(stage.app.static_folder) / "js" / "main.js").read_bytes()
    sent = client.get("/static/js/main.js").data
    assert source.startswith(b"//")
    assert sent.splitlines()[1:] == [line.lstrip() for line in source.splitlines()[1:]]
    assert not sent.startswith(b"//")


def test_no_text_in_a_script_runs_over_its_line(stage):
    # Its indents would be taken out with those of the lines.
    for script in (Path(stage.app.static_folder) / "js").glob("*.js"):
        code = re.sub(r"(?m)^\s*//.*$", "", script.read_text("utf-8"))
        assert not [line for line in code.splitlines() if line.count("`") % 2], script.name


def test_the_scripts_a_page_needs_are_named_in_its_head_with_what_they_import(client_of):
    page = client_of("inspector").get("/defects/new").get_data(as_text=True)
    named = set(re.findall(r'rel="modulepreload" href="/static/[0-9a-f]{10}/js/([\w-]+)\.js"', page))
    assert {"main", "filing", "queue", "store", "position", "pack"} <= named
    assert "keys" not in named, "there is nothing to move through"


def test_files_and_plain_pages_come_compressed_and_say_so(stage):
    client = FlaskClient(stage.app, stage.app.response_class)  # the strict one reads no compressed page
    people.sign_in(client, "inspector")
    for path in (address(client, "app.css"), "/defects"):
        plain, packed = client.get(path), client.get(path, headers={"Accept-Encoding": "gzip, br"})
        assert packed.headers["Content-Encoding"] == "br"
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert len(packed.data) < len(plain.data)
        assert brotli.decompress(packed.data)
        mark = packed.headers.get("ETag")
        assert not mark or client.get(path, headers={"If-None-Match": mark, "Accept-Encoding": "br"}).status_code == 304


def test_a_page_that_repeats_what_was_asked_is_not_compressed_for_it_bears_a_token(client_of):
    answer = client_of("inspector").get("/defects?q=BH", headers={"Accept-Encoding": "br"})
    assert "Content-Encoding" not in answer.headers
    assert 'name="csrf_token"' in answer.get_data(as_text=True)


def test_a_shell_that_the_phone_has_is_not_sent_again(client_of):
    client = client_of("inspector")
    mark = client.get("/street/new").headers["ETag"]
    assert client.get("/street/new", headers={"If-None-Match": mark}).status_code == 304
