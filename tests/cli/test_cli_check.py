"""`check` at the terminal: which letters, what it prints, and how it ends."""

import json
import re

import pytest

from newsletter.check import RULES

TEXT = "the herons stood still, and so did I, for the whole of a quiet morning by the canal. " * 6


def letter(folder, body: str, name: str = "gate", more: str = "") -> None:
    folder.write(
        f"issues/{name}.md",
        "---\nsubject: A walk along the canal\n"
        f"preview_text: What the herons taught me about standing still.\n{more}---\n{body}\n\n{TEXT}\n",
    )


def test_without_a_name_every_draft_is_checked(folder):
    letter(folder, "TK")
    letter(folder, "See [here](https://birds.example/).", name="second")
    done = folder.call("check")
    assert done.code == 3
    assert "issues/gate.md\n  error    5:1    placeholder-left" in done.out
    assert "issues/second.md\n  warning  5:5    link-text-generic" in done.out
    assert done.out.endswith("1 error, 1 warning. Not ready to send.\n")


@pytest.mark.parametrize("way", ["flag", "settings"])
def test_under_strict_a_warning_stops_check_schedule_send_and_run(folder, way):
    letter(folder, "See [here](https://birds.example/).")
    flag = ["--strict"] if way == "flag" else []
    assert folder.call("check").code == 0
    if way == "settings":
        text = (folder.root / "newsletter.toml").read_text(encoding="utf-8")
        folder.write("newsletter.toml", text + "\n[check]\nstrict = true\n")
    assert folder.call("check", *flag).code == 3
    before = folder.everything()
    assert folder.call("schedule", "gate", "--at", "tue 9am", *flag).code == 3
    assert folder.call("send", "gate", "--undo", "0s", *flag).code == 3
    assert folder.everything() == before
    letter(
        folder,
        "See [here](https://birds.example/).",
        more="status: scheduled\nsend_at: 2026-11-24 09:00\n",
    )
    rehearsed = folder.call("run", "--dry-run", "--at", "2026-11-24 09:00", *flag)
    assert "hold gate: its checks fail" in rehearsed.out
    held = folder.call("run", *flag, now="2026-11-24T14:00:00Z")
    assert held.code == 3, held.out
    assert folder.state() == "held"
    assert folder.outbox() == []


def test_an_email_too_large_for_gmail_can_be_silenced_by_the_project(folder):
    letter(folder, "<p>" + "quiet words " * 10_000 + "</p>", more="ignore: [very-long]\n")
    assert "size-clip" in folder.call("check").out
    text = (folder.root / "newsletter.toml").read_text(encoding="utf-8")
    folder.write("newsletter.toml", text + '\n[check]\nignore = ["size-clip"]\n')
    assert folder.call("check").code == 0


def test_an_ignore_without_effect_in_the_settings_is_told_with_its_line(folder):
    letter(folder, "Hello")
    text = (folder.root / "newsletter.toml").read_text(encoding="utf-8")
    folder.write("newsletter.toml", text + '\n[check]\nignore = [\n  "link-htp",\n]\n')
    line = text.count("\n") + 4
    done = folder.call("check")
    assert done.out.startswith(f"newsletter.toml\n  warning  {line}     ignore-without-effect")
    assert "Did you mean link-http?" in done.out
    assert "1 warning. Ready to send." in done.out
    assert folder.call("check", "--strict").code == 3
    data = folder.call("check", "--json").json["data"]
    assert [(f["file"], f["line"]) for f in data["settings"]] == [("newsletter.toml", line)]


def test_small_matters_are_shown_with_v(folder):
    letter(folder, '<span style="opacity: 0.9">soft</span>')
    assert "css-unsupported" not in folder.call("check").out
    assert "  info     5:14   css-unsupported" in folder.call("check", "-v").out


def test_github_gets_one_command_a_finding(folder):
    letter(folder, "[100%, sure: yes](http://birds.example/a,b:c)\n\nTK")
    done = folder.call("check", "--format", "github", env={"GITHUB_WORKSPACE": str(folder.root)})
    assert done.code == 3
    assert done.out.splitlines() == [
        "::error file=issues/gate.md,line=7,col=1,title=placeholder-left::“TK” was left to be filled in%0AReplace it, or write `<!-- ignore: placeholder-left -->` on the line before",
        "::warning file=issues/gate.md,line=5,col=19,title=link-http::http://birds.example/a,b:c is not encrypted%0ATry https:// in its place; nearly every site has it",
    ]


def test_github_finds_files_from_the_checkout_and_odd_names_are_escaped(folder):
    letter(folder, "TK 50%", name="a,b:c")
    (folder.root / "issues" / "gate.md").unlink()
    env = {"GITHUB_WORKSPACE": str(folder.root.parent)}
    done = folder.call("check", "--format", "github", env=env)
    assert done.out.startswith(f"::error file={folder.root.name}/issues/a%2Cb%3Ac.md,line=5,col=1,")
    assert re.fullmatch(r"(::(error|warning) [^\n]*::[^\n]*\n)+", done.out)


def test_a_mistake_in_the_file_is_a_command_too(folder):
    folder.write("issues/gate.md", "---\nsubject: Re: a: b\n---\nHello")
    done = folder.call("check", "--format", "github")
    assert "line=2,title=front-matter-invalid::" in done.out


def test_the_rules_are_listed_with_reasons_and_how_to_ignore_them(folder):
    done = folder.call("check", "--rules")
    for rule in RULES:
        assert re.search(rf"^{rule.severity} +{rule.id} ", done.out, re.MULTILINE)
    assert "already-sent" in done.out
    assert "Nobody wants the same letter twice. (firm)" in done.out
    assert "ignore: [very-short]" in done.out
    data = json.loads(folder.call("check", "--rules", "--json").out)["data"]
    assert {
        key: value
        for key, value in next(r for r in data if r["rule"] == "already-sent").items()
        if key != "reason"
    } == {"rule": "already-sent", "level": "error", "ignorable": False}


def test_links_are_asked_when_that_is_wanted_and_never_inside_the_house(folder):
    """A private address is no place for readers, and is told without a request to it."""
    letter(folder, "See [the heron](https://10.0.0.7/heron).")
    assert "link-broken" not in folder.call("check").out
    done = folder.call("check", "--links")
    assert done.code == 0
    assert (
        "  warning  5:17   link-broken  https://10.0.0.7/heron: readers cannot reach it" in done.out
    )
    letter(folder, "<!-- ignore: link-broken -->\nSee [the heron](https://10.0.0.7/heron).")
    assert "link-broken" not in folder.call("check", "--links").out


def test_a_second_letter_under_the_same_subject_is_noticed(folder):
    letter(folder, "Hello")
    assert folder.call("send", "gate", "--undo", "0s").code == 0
    letter(folder, "Hello again", name="second")
    done = folder.call("check", "second")
    assert "warning  2      subject-same-as-last" in done.out


def test_topics_that_are_tags_of_readers_are_noticed_once_tags_are_known(folder):
    letter(folder, "Hello", more="topics: [hips]\n")
    assert "tags-look-like-audience" not in folder.call("check").out
    assert folder.call("subscribers", "tag", "dana@example.org", "Hips").code == 0
    assert "warning  4      tags-look-like-audience" in folder.call("check").out


def test_a_sudden_half_of_the_readers_is_told_before_it_is_scheduled(folder):
    rows = "".join(f"reader{n}@example.org\n" for n in range(60))
    file = folder.write("list.csv", f"email\n{rows}")
    done = folder.call(
        "subscribers", "import", str(file), "--yes", "--confirmed", "--reason", "at the fair"
    )
    assert done.code == 0, done.err
    letter(folder, "Hello")
    assert folder.call("send", "gate", "--undo", "0s").code == 0
    assert folder.call("subscribers", "tag", "dana@example.org", "hips").code == 0
    letter(folder, "Hello again", name="second", more="audience: tag:hips\n")
    done = folder.call("schedule", "second", "--at", "tue 9am")
    assert "audience-jump" in done.err
    assert done.code == 0
    letter(folder, "Hello again", name="third", more="audience: tag:hips\n")
    assert folder.call("schedule", "third", "--at", "wed 9am", "--strict").code == 3
