"""The phone's and the desk's scripts: what one imports another exports, nothing is exported for nobody, no file lies idle."""

import re

from tests.house.test_house import ROOT

SCRIPTS = {path.stem: path.read_text("utf-8") for path in (ROOT / "static" / "js").glob("*.js")}
EXPORT = re.compile(r"^export (?:async )?(?:const|function|class) (\w+)", re.MULTILINE)
NAMED = re.compile(r'^import \{ ([^}]+) \} from "\./([\w-]+)\.js";$', re.MULTILINE)
ASKED = re.compile(r"""["']\.?(?:/static)?/([\w-]+/)?([\w-]+)\.js["']""")
LOADED = re.compile(r'data-module="([^"]+)"|js/([\w-]+)\.js')


def texts(*folders: str, ending: str) -> str:
    return "\n".join(path.read_text("utf-8") for folder in folders for path in (ROOT / folder).rglob(f"*{ending}"))


def exports() -> set[tuple[str, str]]:
    return {(module, name) for module, text in SCRIPTS.items() for name in EXPORT.findall(text)}


def test_what_a_script_imports_is_exported_where_it_looks_for_it():
    wanted = {
        (module, name.split(" as ")[0].strip())
        for text in SCRIPTS.values()
        for names, module in NAMED.findall(text)
        for name in names.split(",")
    }
    assert not wanted - exports()


def test_no_script_exports_what_nobody_asks_for():
    lines = "\n".join([*SCRIPTS.values(), texts("tests", ending=".py"), texts("tests", ending=".js")]).splitlines()
    asked = {
        (module[2], name) for line in lines for module in ASKED.finditer(line) for name in re.findall(r"\w+", line)
    }
    assert not exports() - asked, "what only its own module needs is no export"


def test_no_script_lies_idle():
    pages = LOADED.findall(texts("templates", ending=".html") + texts("roadworks", ending=".py"))
    loaded = {name for words, file in pages for name in [file, *re.findall(r"[\w-]+", words)]}
    imported = {name for text in SCRIPTS.values() for name in re.findall(r'"\./([\w-]+)\.js"', text)}
    assert not set(SCRIPTS) - loaded - imported, "a script that nothing loads"
