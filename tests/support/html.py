"""What every page must be: whole HTML with a title, labelled fields, no double ids, nothing inline, strict headers."""

import html5lib

# Faults that browsers mend in silence and that do not change the page.
MINOR = {"expected-doctype-but-got-start-tag", "eof-in-table"}
INLINE = ("style", "onclick", "onload", "onchange", "onsubmit", "onerror")


def check_page(answer) -> None:
    """Fail with the sentence that says what is wrong with a page."""
    text = answer.get_data(as_text=True)
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(text)
    faults = [code for _place, code, _more in parser.errors if code not in MINOR]
    assert not faults, f"{answer.request.path}: invalid HTML: {faults[:5]}"
    assert (tree.findtext(".//title") or "").strip(), "a page needs a title"
    everything = list(tree.iter())
    ids = [e.get("id") for e in everything if hasattr(e, "get") and e.get("id")]
    double = {i for i in ids if ids.count(i) > 1}
    assert not double, f"{answer.request.path}: ids stand twice: {double}"
    for element in everything:
        if not isinstance(element.tag, str):
            continue
        assert not any(element.get(name) for name in INLINE), f"inline {element.tag} on {answer.request.path}"
        assert element.tag != "script" or element.get("src"), "an inline script"
        _check_label(tree, element, answer.request.path)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def _check_label(tree, element, path: str) -> None:
    if element.tag not in {"input", "select", "textarea"} or element.get("type") in {"hidden", "submit"}:
        return
    labelled = element.get("aria-label") or element.get("aria-labelledby")
    by_id = element.get("id") and tree.find(f".//label[@for='{element.get('id')}']") is not None
    inside = any(element in list(label.iter()) for label in tree.iter("label"))
    assert labelled or by_id or inside, f"{path}: a field without label: {element.get('name')}"
