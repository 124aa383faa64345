"""What schemathesis cannot know from the document: the API's own string formats, and which requests say nothing; and what it was answered."""

import os
import shutil
from pathlib import Path

import schemathesis
from hypothesis import strategies as st
from schemathesis.transport.requests import REQUESTS_TRANSPORT

SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
HEX = "0123456789abcdefABCDEF"


def digits(count):
    return st.text(HEX, min_size=count, max_size=count)


def is_text(text):
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def urls(*schemes):
    host = st.from_regex(r"[a-z]{1,20}\.example", fullmatch=True)
    path = st.from_regex(r"(/[A-Za-z0-9_-]{1,20}){0,4}", fullmatch=True)
    return st.builds("{}://{}{}".format, st.sampled_from(schemes), host, path)


FORMATS = {
    "address": digits(40).map("0x{}".format),
    "private-key": st.builds("{}{:064x}".format, st.sampled_from(["", "0x"]), st.integers(1, SECP256K1_ORDER - 1)),
    "market": st.one_of(digits(64).map("0x{}".format), st.integers(0, 2**256 - 1).map(str)),
    "http-url": urls("http", "https"),
    "optional-url": st.one_of(st.just(""), urls("http", "https")),
    "ws-url": urls("ws", "wss"),
    "port": st.integers(1, 65535).map(str),
    "line-count": st.integers(1, 1000).map(str),
    "text": st.text().filter(is_text),
    "hex": st.binary(min_size=1).map(lambda data: "0x" + data.hex()),
}
for name, strategy in FORMATS.items():
    schemathesis.openapi.format(name, strategy)

TEXT_FIELDS = ("/data", "/program_name", "/zkbob_market_id", "/ws_url")
# Ports of the enclave that no market may have (plugins/own-ports.ts).
RESERVED_PORTS = {"9001", "1100", "1300", "1301", "1500"}


# schemathesis does not call after_call for the requests that checks make.
send = REQUESTS_TRANSPORT.send


def send_and_keep(*arguments, **options):
    """For .ci/schemathesis to search: a folder for each configuration, with the answers while it was in force."""
    response = send(*arguments, **options)
    configuration = Path(os.environ["CONFIGURATION"])
    folder = Path(os.environ["ANSWERS"], str(configuration.stat().st_mtime_ns))
    if not folder.exists():
        folder.mkdir()
        shutil.copy(configuration, folder)
    with open(folder / "answers", "ab") as answers:
        answers.write(f"{response.status_code} {response.message} {response.headers}\n".encode() + (response.content or b"") + b"\n")
    return response


REQUESTS_TRANSPORT.send = send_and_keep


@schemathesis.hook
def filter_case(context, case):
    return not (
        is_endless(case)
        or is_no_ciphertext(case)
        or has_twins(case.body)
        or has_no_scalar(case.body)
        or is_text_after_all(case)
        or changes_nothing(case)
        or has_reserved_port(case.body)
        or is_benchmark_of_any_market(case)
    )


def is_endless(case):
    """A followed log ends when the client leaves: test/routes/logs.test.ts has it."""
    return (case.query or {}).get("follow") == "true"


def is_no_ciphertext(case):
    """Random bytes are never a ciphertext for the enclave's key: they are sent to the ...Encrypted URLs, and answered 400."""
    return not case.path.endswith("Encrypted") and isinstance(case.body, dict) and "response_key" in case.body


def changes_nothing(case):
    """An update whose fields are all null is a 400: the document cannot say that."""
    body = case.body
    return case.method == "PUT" and isinstance(body, dict) and all(value is None for name, value in body.items() if name != "address")


def is_benchmark_of_any_market(case):
    """Without market_id there must be one market, and there is none: test/routes/benchmark.test.ts has it."""
    return case.path == "/api/benchmark" and "market_id" not in (case.query or {})


def has_reserved_port(body):
    markets = {}
    if isinstance(body, dict):
        markets = (body.get("runtime_config") or body) if isinstance(body.get("runtime_config") or body, dict) else {}
        markets = markets.get("markets")
    if not isinstance(markets, dict):
        return False
    ports = [market.get("port") if isinstance(market, dict) else market for market in markets.values()]
    return any(str(port) in RESERVED_PORTS for port in ports)


def is_text_after_all(case):
    """schemathesis has strategies of ours for the API's formats, but no check: what it takes for no text may well be one."""
    data = case.meta.phase.data if case.meta else None
    description, location = (getattr(data, name, None) or "" for name in ("description", "location"))
    return "`format`" in description and location.endswith(TEXT_FIELDS)


def has_twins(body):
    """No generator twice, and none of its markets in two letter cases: uniqueItems cannot say that."""
    if isinstance(body, dict):
        return has_twins(list(body.values()))
    if not isinstance(body, list):
        return False
    addresses = [str(one.get("address")).lower() for one in body if isinstance(one, dict)]
    names = {one for one in body if isinstance(one, str)}
    return (
        len(set(addresses)) < len(addresses)
        or len({name.lower() for name in names}) < len(names)
        or any(has_twins(one) for one in body)
    )


def has_no_scalar(body):
    """A pattern says which digits a private key has, not that it is above zero and below the order of the group."""
    if isinstance(body, dict):
        return any(name == "private_key" and is_out_of_range(value) or has_no_scalar(value) for name, value in body.items())
    return isinstance(body, list) and any(has_no_scalar(one) for one in body)


def is_out_of_range(value):
    text = value.removeprefix("0x") if isinstance(value, str) else ""
    return len(text) == 64 and set(text) <= set(HEX) and not 0 < int(text, 16) < SECP256K1_ORDER
