from pathlib import Path

import pytest

from feldsher.channels.frontend import assets


def test_built_files_carry_a_hash_and_are_there() -> None:
    for name in ("site.css", "site.js", "icons.svg", "pictures.svg", "golos-400.woff2", "golos-600.woff2"):
        address = assets.asset(name)
        assert address != f"/static/dist/{name}", "build the site first: npm run build"
        assert (Path(assets.__file__).parent / address.lstrip("/")).is_file()


def test_without_the_build_a_page_still_has_addresses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assets._names.cache_clear()
    monkeypatch.setattr(assets, "_DIST", tmp_path)
    assert assets.asset("site.css") == "/static/dist/site.css"
    assert assets.symbols("icons.svg", width=24) == ()
    assets._names.cache_clear()
