import json
import re
from pathlib import Path

import pytest
from flask import Flask

from intents.content import Content
from skill.app import create_app
from skill.web_page import FOLDER
from tests.skill.service import SKILL_ID

FILES = sorted(path for path in FOLDER.iterdir())
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in FILES}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make(tmp_path_factory.mktemp("page"))


def make(folder: Path, **settings: str) -> Flask:
    return create_app({"DATABASE_URL": f"sqlite:///{folder}/people.db", **settings})


def address(path: Path) -> str:
    return "/" if path.name == "index.html" else f"/page/{path.name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_served_under_a_strict_policy(app: Flask, path: Path) -> None:
    response = app.test_client().get(address(path))
    assert (response.status_code, response.data) == (200, path.read_bytes())
    given = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
    assert given.items() >= POLICY.items()
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    again = app.test_client().get(address(path), headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/page/", "/page/index.html", "/page/../app.py", "/page/%2e%2e/app.py", "/static/x"]
)
def test_nothing_else_can_be_asked_for(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 404


def test_the_page_is_off_in_production_unless_asked_for(tmp_path: Path) -> None:
    production = {"GENTLE_BACK_ENV": "production", "ALEXA_SKILL_ID": SKILL_ID}
    off, on = make(tmp_path, **production), make(tmp_path, **production, GENTLE_BACK_PAGE="on")
    assert [app.test_client().get("/").status_code for app in (off, on)] == [404, 200]
    assert make(tmp_path, GENTLE_BACK_PAGE="off").test_client().get("/page/page.js").status_code == 404


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_nothing_comes_from_elsewhere_and_nothing_runs_in_line(name: str) -> None:
    text = TEXTS[name].replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|//[a-z]+\.", text)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
    )
    if name.endswith(".html"):
        assert not re.search(r"\son[a-z]+=|\sstyle=|<style|<script(?! type=\"module\" src=)", text)


def test_every_module_that_is_imported_is_served() -> None:
    imported = {found for text in TEXTS.values() for found in re.findall(r'from "\./([a-z_]+\.js)"', text)}
    named = set(re.findall(r'"/page/([^"]+)"', TEXTS["index.html"]))
    assert imported | named == TEXTS.keys() - {"index.html"}


def test_every_phrase_and_element_that_the_modules_use_is_on_the_page() -> None:
    scripts = "".join(text for name, text in TEXTS.items() if name.endswith(".js"))
    keys = set(re.findall(r'phrase\([^)]*?"([a-z-]+)"', scripts))
    kinds = {f"kind-{kind}" for kind in ("say", "move", "hold", "count", "rest", "ask")}
    assert set(re.findall(r'data-key="([a-z-]+)"', TEXTS["index.html"])) == keys | kinds
    ids = set(re.findall(r'\bid="([a-z-]+)"', TEXTS["index.html"]))
    assert set(re.findall(r'find\("([a-z-]+)"\)', scripts)) <= ids


def answers() -> dict[str, list[str]]:
    """What `answers.js` offers for each question: a JSON object in a module."""
    found: dict[str, list[str]] = json.loads(
        TEXTS["answers.js"].partition("answers = ")[2].rstrip().rstrip(";")
    )
    return found


def test_answers_are_offered_for_questions_that_there_are(content: Content) -> None:
    language = content.language("en-US")
    assert answers().keys() - {"*"} <= language.questions.keys()


@pytest.mark.parametrize("question", sorted(answers()))
def test_every_answer_that_can_be_tapped_is_understood(content: Content, question: str) -> None:
    for text in answers()[question]:
        assert content.understanding("en-US").read(text).intent != "AMAZON.FallbackIntent", text


def test_every_control_is_understood(content: Content) -> None:
    said = {*re.findall(r'data-say="([a-z ]+)"', TEXTS["index.html"]), "go on", "help me up"}
    intents = {text: content.understanding("en-US").read(text).intent for text in said}
    assert intents == {
        "stop": "AMAZON.StopIntent",
        "pause": "AMAZON.PauseIntent",
        "repeat": "AMAZON.RepeatIntent",
        "easier": "AdjustExerciseIntent",
        "next": "AMAZON.NextIntent",
        "it hurts": "ReportPainIntent",
        "go on": "AMAZON.ResumeIntent",
        "help me up": "GetUpIntent",
    }
