"""Settings come from the environment, with defaults that work, and a bad one is refused by its name."""

from __future__ import annotations

import stat
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.config import InvalidSetting, Settings


def settings(tmp_path, **environ):
    return Settings.from_environ({"LIANXI_DATA": str(tmp_path / "data"), **environ})


def test_without_any_setting_it_runs_on_sqlite_on_this_machine_only(tmp_path):
    found = settings(tmp_path)

    assert found.database_url == f"sqlite:///{tmp_path}/data/lianxi.db"
    assert (found.host, found.port, found.cookie_secure) == ("127.0.0.1", 8000, False)
    assert found.time_zone == ZoneInfo("Asia/Shanghai")
    assert found.sqlite_synchronous == "FULL"


def test_settings_are_read_from_the_environment(tmp_path):
    found = settings(
        tmp_path,
        LIANXI_DATABASE_URL="postgres://rita:p%40ss@db/lianxi",
        LIANXI_PORT="8080",
        LIANXI_HOST="0.0.0.0",
        LIANXI_SECRET_KEY="a secret of more than sixteen",
        LIANXI_TIME_ZONE="Europe/Berlin",
        LIANXI_COOKIE_SECURE="yes",
        LIANXI_SQLITE_SYNCHRONOUS="normal",
    )

    assert found.database_url == "postgresql+psycopg://rita:p%40ss@db/lianxi"
    assert (found.host, found.port, found.cookie_secure) == ("0.0.0.0", 8080, True)
    assert found.time_zone == ZoneInfo("Europe/Berlin")
    assert found.sqlite_synchronous == "NORMAL"
    assert found.secret_key == "a secret of more than sixteen"
    assert not (tmp_path / "data").exists()


def test_the_data_folder_is_absolute_whatever_the_current_folder_is_later(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    found = Settings.from_environ({})

    assert found.data_folder == Path(tmp_path) / "data"


def test_a_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path):
    first, second = settings(tmp_path), settings(tmp_path)

    file = tmp_path / "data" / "secret_key"
    assert len(first.secret_key) >= 48
    assert first.secret_key == second.secret_key == file.read_text().strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["secret_key"]


def test_neither_the_secret_nor_the_password_is_shown(tmp_path):
    shown = repr(settings(tmp_path, LIANXI_DATABASE_URL="postgresql://rita:hidden@db/x", LIANXI_SECRET_KEY="s" * 20))

    assert "hidden" not in shown
    assert "ssss" not in shown


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("LIANXI_PORT", "eighty", "Expected LIANXI_PORT to be a number from 1 to 65535, but it is eighty"),
        ("LIANXI_PORT", "70000", "but it is 70000"),
        ("LIANXI_PORT", "²", "but it is ²"),
        ("LIANXI_TIME_ZONE", "Peking", "such as Asia/Shanghai, but it is Peking"),
        ("LIANXI_TIME_ZONE", "../etc", r"but it is \.\./etc"),
        ("LIANXI_COOKIE_SECURE", "maybe", "Expected LIANXI_COOKIE_SECURE to be 1 or 0, but it is maybe"),
        ("LIANXI_SQLITE_SYNCHRONOUS", "half", "one of FULL, NORMAL, OFF, EXTRA, but it is half"),
        ("LIANXI_SECRET_KEY", "short", "at least 16 characters, but it has 5"),
        ("LIANXI_DATABASE_URL", "mysql://db/x", "begin with sqlite or postgresql, but it begins with mysql"),
        ("LIANXI_DATABASE_URL", "sqlite://", "to name a file, but it is an SQLite database in memory"),
        ("LIANXI_DATABASE_URL", "no url", "can't be read as one"),
    ],
)
def test_a_bad_value_is_refused_by_name(tmp_path, variable, value, sentence):
    with pytest.raises(InvalidSetting, match=sentence):
        settings(tmp_path, **{variable: value})


def test_a_spoilt_secret_file_is_refused(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret_key").write_text("\n")

    with pytest.raises(InvalidSetting, match="remove the file"):
        settings(tmp_path)
