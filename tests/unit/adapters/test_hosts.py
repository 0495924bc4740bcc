import pytest

from candor.adapters.images import RemoteImagesConfig
from candor.adapters.net import HostList, Refused, Target


def covers(entry: str, url: str) -> bool:
    try:
        HostList.of([entry]).check(Target.of(url))
    except Refused:
        return False
    return True


def test_a_name_means_itself_and_a_star_all_names_below() -> None:
    assert covers("a.example", "https://A.Example./x.png")
    assert not covers("a.example", "https://b.a.example/x.png")
    assert covers("*.a.example", "https://c.b.a.example/x.png")
    assert not covers("*.a.example", "https://a.example/x.png")
    assert not covers("*.a.example", "https://ba.example/x.png")


def test_a_port_other_than_443_must_be_listed() -> None:
    assert covers("a.example", "https://a.example:443/")
    assert covers("a.example:8443", "https://a.example:8443/")
    assert not covers("a.example", "https://a.example:8443/")
    assert not covers("a.example:8443", "https://a.example/")


def test_names_in_other_scripts_are_compared_in_ascii() -> None:
    assert covers("bücher.example", "https://xn--bcher-kva.example/")
    assert covers("bücher.example", "https://BÜCHER.example/")
    assert covers("a.example", "https://ａ.example/")


@pytest.mark.parametrize(
    "entry",
    ["", "*", "*.", "*.com", "a", "10.0.0.1", "[::1]", "a.example:0", "a.example:x", "a.*.example",
     "https://a.example", "a.example/x", "u@a.example"],
)  # fmt: skip
def test_what_is_no_host_stops_the_start(entry: str) -> None:
    with pytest.raises(ValueError, match="write `name`"):
        RemoteImagesConfig(hosts=(entry,))


def test_a_path_is_sent_as_it_was_written() -> None:
    target = Target.of("https://a.example//x/../y%2fz?a=%20&b=//c?d")
    assert str(target.url) == "https://a.example//x/../y%2fz?a=%20&b=//c?d"
    assert str(Target.of("https://a.example?x=1").url) == "https://a.example/?x=1"


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/b", "https://a.example:8443/b"),
        ("b?x", "https://a.example:8443/dir/b?x"),
        ("?y", "https://a.example:8443/dir/file?y"),
        ("//b.example/", "https://b.example/"),
        ("HTTPS://b.example", "https://b.example/"),
    ],
)
def test_a_redirect_is_read_as_seen_from_where_it_came(location: str, leads_to: str) -> None:
    here = Target.of("https://a.example:8443/dir/file?x=1")
    assert str(here.redirected(location).url) == leads_to
