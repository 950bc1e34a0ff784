"""The files in static/: an address bears the mark of its folder and is kept for ever; texts go out compressed.

A script's imports are relative, so the mark stands in the path and all scripts share one: they are asked for under the
addresses that the page named beforehand, and a phone that has them asks for nothing.
"""

import gzip
import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import brotli
from flask import Flask, Response, current_app, request
from flask_compress import Compress
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

FOREVER = "max-age=31536000, immutable"
MARKED = re.compile(r"([0-9a-f]{10})/(.+)")
IMPORT = re.compile(r'^import [^"\n]*"\./([\w-]+)\.js"', re.MULTILINE)
KEYED = re.compile(r'<tbody|type="search"|<(?!template)\w[^>]* data-row')
MODULE = re.compile(r'data-module="([\w-]+)"')
# Without a charset: a module is UTF-8, and what else a page loads is read as the page is.
TEXTS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
ANSWERS = ["text/html", "application/json", "application/geo+json", "application/manifest+json", "text/javascript"]
# Comments and indents are for who reads the source, a tenth of the weight: lines of scripts stay where they were.
PROSE = {".js": re.compile(rb"^[ \t]+(?://.*$)?|^//.*$", re.MULTILINE), ".css": re.compile(rb"/\*.*?\*/", re.DOTALL)}
# What scripts were called before: a page that was open over an update asks for what it loads by the name it knows.
FORMER = {
    "js/again.js": "js/duplicates.js",
    "js/anew.js": "js/already-sent.js",
    "js/enter.js": "js/unsent-notice.js",
    "js/large.js": "js/doubt.js",
    "js/round-over.js": "js/round-here.js",
    "js/step-anew.js": "js/step-already-sent.js",
    "js/told.js": "js/flash.js",
}
compress = Compress()


@lru_cache(maxsize=64)
def _folder_mark(folder: str) -> str:
    whole = sha256()
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            whole.update(path.read_bytes())
    return whole.hexdigest()[:10]


@lru_cache(maxsize=64)
def _file_mark(path: str) -> str:
    return sha256(Path(path).read_bytes()).hexdigest()[:10]


def marked(filename: str) -> str | None:
    """The name of a file in static/ behind the mark of its folder's content; None where there is no such file.

    Read once a process: files change with a new release only.
    """
    root = Path(str(current_app.static_folder))
    path = root / filename
    if not path.is_file():
        return None
    return f"{_file_mark(str(path)) if path.parent == root else _folder_mark(str(path.parent))}/{filename}"


@lru_cache(maxsize=256)
def _packed(path: str, _mark: str, coding: str | None) -> bytes:
    content = Path(path).read_bytes()
    if "vendor" not in Path(path).parts and (prose := PROSE.get(Path(path).suffix)):
        content = prose.sub(b"", content)
    if coding == "br":
        return brotli.compress(content, mode=brotli.MODE_TEXT)
    return gzip.compress(content, mtime=0) if coding == "gzip" else content


def send(filename: str) -> Response:
    """A file of static/, by its name or by its marked address; under an older mark or name it is the file of today."""
    found = MARKED.fullmatch(filename)
    name = found[2] if found else filename
    name = FORMER.get(name, name)
    path = safe_join(str(current_app.static_folder), name)
    today = marked(name) if path else None
    if path is None or today is None:
        raise NotFound
    kind = TEXTS.get(Path(name).suffix)
    if kind is None:
        response = current_app.send_static_file(name)
    else:
        coding = request.accept_encodings.best_match(["br", "gzip"])
        response = Response(_packed(path, today, coding), content_type=kind)
        if coding:
            response.content_encoding = coding
        response.vary.add("Accept-Encoding")
        if filename != today:
            response.set_etag(f"{today[:10]}{coding or ''}")
            response.make_conditional(request)
    response.headers["Cache-Control"] = FOREVER if filename == today else "no-cache"
    return response


@lru_cache(maxsize=64)
def _needs(folder: str, mark: str, name: str) -> frozenset[str]:
    """The scripts that `name` imports at once, itself among them."""
    path = Path(folder) / f"{name}.js"
    text = path.read_text("utf-8") if path.is_file() else ""
    return frozenset({name}).union(*(_needs(folder, mark, other) for other in IMPORT.findall(text)))


def _hint(response: Response) -> None:
    """Name in the page's head all scripts that its elements will ask for, else each is found only in the one before."""
    page = response.get_data(as_text=True)
    if "</head>" not in page or (main := marked("js/main.js")) is None:
        return
    folder, mark = str(Path(str(current_app.static_folder)) / "js"), main[:10]
    named = {"main", *MODULE.findall(page), *(["offline"] if 'class="signed-in"' in page else [])}
    named |= {"keys"} if KEYED.search(page) else set()
    scripts = sorted(frozenset().union(*(_needs(folder, mark, name) for name in named)))
    base = f"{request.script_root}{current_app.static_url_path}/{mark}/js"
    links = "".join(f'<link rel="modulepreload" href="{base}/{name}.js">\n' for name in scripts)
    response.set_data(page.replace("</head>", f"{links}</head>", 1))


def _safe_to_compress(response: Response) -> bool:
    """A page bears a form's token: it is compressed only where it repeats nothing of what was asked (BREACH)."""
    if request.endpoint == "static" or response.status_code != 200:
        return False
    return response.mimetype != "text/html" or (request.method == "GET" and not request.query_string)


def init_app(app: Flask) -> None:
    """Send files under their marks, name scripts in the pages' heads, and compress what is safe to compress."""
    app.view_functions["static"] = send
    app.config.update(COMPRESS_REGISTER=False, COMPRESS_STREAMS=False, COMPRESS_MIMETYPES=ANSWERS)
    app.config.update(COMPRESS_ALGORITHM=["br", "gzip"], COMPRESS_BR_LEVEL=5)
    compress.init_app(app)

    @app.after_request
    def shorten(response: Response) -> Response:
        if response.mimetype == "text/html" and not response.is_streamed:
            _hint(response)
        return compress.after_request(response) if _safe_to_compress(response) else response
