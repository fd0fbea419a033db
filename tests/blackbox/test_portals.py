# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: hosts tell what their portal looks like and nothing else; logos go in as pictures and come out as pictures whatever is sent, without cost to
others; who logs in through a portal is its brand's."""
import json
import pathlib
import struct
import time
import zlib

import api_connection
import exchange as exchange_module
import pytest

PASSWORD = "seven-green-bottles"
SLOW_SECONDS = 8
CORPUS = pathlib.Path(__file__).resolve().parents[1] / "fuzz/corpus/image"
HTML = b"<html><script>alert(1)</script><?php system('id'); ?>"


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), "http.public_url=https://pbx.platform.example").start()
    yield running
    assert running.stop() == 0


def ask(exchange, method, path, body=None, token=None, host=None, kind="application/json"):
    """(status, headers, bytes)"""
    # Prism knows one host, and takes pictures for texts.
    is_strange = bool(host) or isinstance(body, bytes) or path.endswith("/logo")
    connection = api_connection.connect(exchange.http_port, 20, direct=is_strange)
    headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {}) | ({"Host": host} if host else {})
    try:
        connection.request(method, f"/api/v1{path}", json.dumps(body) if isinstance(body, dict) else body, headers)
    except OSError:
        return 413, {}, b""  # It was cut off before all was said; what it was answered is lost with the connection.
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, answer.headers, data


def login(exchange, name, password="changeme", host=None):
    status, _, data = ask(exchange, "POST", "/auth/login", {"username": name, "password": password}, host=host)
    return json.loads(data)["token"] if status == 200 else status


@pytest.fixture(scope="module")
def brand(exchange):
    return login(exchange, "demobrand")


@pytest.fixture(scope="module")
def portal(exchange, brand):
    status, _, data = ask(exchange, "POST", "/portals", {"url": "https://pbx.demobrand.example", "title": "DemoBrand", "themeColor": "#204060"}, brand)
    assert status == 201, data
    return f"/portals/{json.loads(data)['id']}"


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, rows, *extra, depth=8, color=0):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zeros(size):
    """So many zeros, packed."""
    packer, packed = zlib.compressobj(9), []
    for _ in range(size // 1_000_000):
        packed.append(packer.compress(bytes(1_000_000)))
    return b"".join(packed) + packer.flush()


SMALL = png(2, 2, zlib.compress(b"\0\x10\x20" * 2))
JPEG = (CORPUS / "rgb.jpg").read_bytes()
REFUSED = {
    "nothing": (b"", "image/png"),
    "a cut PNG": (SMALL[:-30], "image/png"),
    "a cut JPEG": (JPEG[:-40], "image/jpeg"),
    "one by 60000": (png(1, 60000, zlib.compress(b"\0\0" * 60000)), "image/png"),
    "a head that promises everything": (png(0x7fffffff, 0x7fffffff, zlib.compress(b"\0")), "image/png"),
    "no pixels": (png(0, 0, zlib.compress(b"")), "image/png"),
    "an SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/svg+xml"),
    "an SVG that is called PNG": (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/png"),
    "a GIF": (b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;", "image/png"),
    "a GIF as such": (b"GIF89a\x01\0\x01\0\x80\0\0;", "image/gif"),
    "HTML": (HTML, "text/html"),
    "a PNG that is called HTML": (SMALL, "text/html"),
    "a PNG that is called twice": (SMALL, "image/png, text/html"),
    "a file from the shell": (b"push graphic-context\nfill 'url(https://127.0.0.1/x|id)'", "image/png"),
    "PostScript": (b"%!PS-Adobe-3.0\n(%pipe%id) (r) file", "image/jpeg"),
    "ten megabytes": (SMALL + bytes(10_000_000), "image/png"),
    "pixels that are damaged": (SMALL.replace(SMALL[-25:-20], b"\xff" * 5), "image/png"),
}
BECOME_CLEAN = {
    "HTML behind it": SMALL + HTML,
    "HTML in a comment": png(2, 2, zlib.compress(b"\0\x10\x20" * 2), chunk(b"tEXt", b"Comment\0" + HTML), chunk(b"eXIf", b"MM\0*" + HTML)),
    "a JPEG with HTML behind it": JPEG + HTML,
    "a JPEG with HTML in a comment": JPEG[:2] + b"\xff\xfe" + struct.pack(">H", len(HTML) + 2) + HTML + JPEG[2:],
    "a JPEG that is called PNG": JPEG,
}
BOMBS = {
    "pixels without end": png(2048, 2048, zeros(900_000_000)),
    "a profile without end": png(1, 1, zlib.compress(b"\0\0"), chunk(b"iCCP", b"x\0\0" + zeros(900_000_000))),
    "texts without end": png(1, 1, zlib.compress(b"\0\0"), *[chunk(b"zTXt", b"x\0\0" + zeros(10_000_000))] * 90),
    "many small pieces": png(1, 1, zlib.compress(b"\0\0"), *[chunk(b"tEXt", b"x\0y")] * 60_000),
}


def is_refusal(status, data):
    return status in (400, 413) and (status == 413 or json.loads(data)["code"] == "api.bad_picture")


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_picture_is_refused(exchange, brand, portal, what):
    body, kind = REFUSED[what]
    status, _, data = ask(exchange, "PUT", f"{portal}/logo", body, brand, kind=kind)
    assert is_refusal(status, data), (status, data[:200])
    assert ask(exchange, "GET", f"{portal}/logo")[0] == 404


@pytest.mark.parametrize("what", BECOME_CLEAN)
def test_only_pixels_come_through(exchange, brand, portal, what):
    assert ask(exchange, "PUT", f"{portal}/logo", BECOME_CLEAN[what], brand, kind="image/png")[0] == 204
    status, headers, data = ask(exchange, "GET", f"{portal}/logo")
    assert status == 200 and headers["Content-Type"] == ("image/jpeg" if "JPEG" in what else "image/png")
    assert headers["X-Content-Type-Options"] == "nosniff" and "default-src 'none'" in headers["Content-Security-Policy"]
    assert b"script" not in data and b"php" not in data
    assert ask(exchange, "DELETE", f"{portal}/logo", token=brand)[0] == 204


@pytest.mark.parametrize("what", BOMBS)
def test_bombs_cost_nothing(exchange, brand, portal, what):
    body, before, began = BOMBS[what], exchange.memory_kilobytes("web"), time.monotonic()
    assert len(body) <= 1024 * 1024
    status, _, data = ask(exchange, "PUT", f"{portal}/logo", body, brand, kind="image/png")
    assert status == 204 or is_refusal(status, data), (status, data[:200])
    assert time.monotonic() - began < SLOW_SECONDS
    assert exchange.memory_kilobytes("web") - before < 120_000
    if status == 204:
        assert len(ask(exchange, "GET", f"{portal}/logo")[2]) < 100_000
        assert ask(exchange, "DELETE", f"{portal}/logo", token=brand)[0] == 204


def test_a_host_tells_what_its_portal_looks_like(exchange, brand, portal):
    assert ask(exchange, "PUT", f"{portal}/logo", SMALL, brand, kind="image/png")[0] == 204
    _, headers, data = ask(exchange, "GET", "/portal", host="PBX.demobrand.example:8443")
    shown = json.loads(data)
    assert shown["title"] == "DemoBrand" and shown["themeColor"] == "#204060" and shown["logo"] == f"/api/v1{portal}/logo", shown
    assert set(shown) == {"title", "themeColor", "language", "level", "logo"}
    plain = ask(exchange, "GET", "/portal")[2]
    assert json.loads(plain)["title"] == "Carillon"
    for host in ("pbx.platform.example", "nobody.example", "demobrand.example", "localhost", "127.0.0.1:1", "[::1]", "x" * 300, "'--"):
        status, _, data = ask(exchange, "GET", "/portal", host=host)
        assert (status, data) == (200, plain), host
    _, headers, data = ask(exchange, "GET", f"{portal}/logo")
    connection = api_connection.connect(exchange.http_port, 10)
    connection.request("GET", f"/api/v1{portal}/logo", headers={"If-None-Match": headers["ETag"]})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (304, b"")


def test_one_name_in_two_brands(exchange, brand, portal):
    platform = login(exchange, "admin")
    other = json.loads(ask(exchange, "POST", "/brands", {"name": "Other", "currency": "EUR"}, platform)[2])["id"]
    assert ask(exchange, "POST", "/administrators", {"login": "demobrand", "password": PASSWORD, "brand": other}, platform)[0] == 201
    assert login(exchange, "demobrand") == 401  # Of two.
    assert isinstance(login(exchange, "demobrand", host="pbx.demobrand.example"), str)
    assert login(exchange, "demobrand", PASSWORD, host="pbx.demobrand.example") == 401
    assert ask(exchange, "POST", "/portals", {"url": "https://pbx.other.example", "title": "Other", "brand": other, "level": "brand"}, platform)[0] == 201
    assert isinstance(login(exchange, "demobrand", PASSWORD, host="pbx.other.example"), str)
    assert isinstance(login(exchange, "admin", host="pbx.other.example"), str)
    # The platform's own host is nobody's, whoever takes it.
    assert ask(exchange, "POST", "/portals", {"url": "https://pbx.platform.example", "title": "Mine"}, brand)[0] == 201
    assert json.loads(ask(exchange, "GET", "/portal", host="pbx.platform.example")[2])["title"] == "Carillon"


def test_the_platform_speaks_last(exchange):
    platform = login(exchange, "admin")
    status, _, data = ask(exchange, "PATCH", "/settings", {"language": "es", "portalTitle": "Centralita"}, platform)
    assert status == 200, data
    quiet = json.loads(ask(exchange, "POST", "/brands", {"name": "Quiet", "currency": "EUR"}, platform)[2])["id"]
    effective = json.loads(ask(exchange, "GET", f"/brands/{quiet}/effective", token=platform)[2])
    assert effective["language"] == {"value": "es", "from": "platform"} and effective["timeZone"]["value"] == "UTC"
    assert json.loads(ask(exchange, "GET", "/portal", host="nobody.example")[2])["title"] == "Centralita"
