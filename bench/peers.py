"""looplagd beside what people run: FastAPI and Node (test/peers), where they are installed."""

import contextlib
import importlib.util
import pathlib

import small
from rows import absent, pair
from servers import MEMBERS_LARGE, body_of, post_ms

PEERS = pathlib.Path(__file__).resolve().parent.parent / "test" / "peers" / "peers.py"


def starter():
    """The module that starts the peers; its name is this one's, so it is loaded by its path."""
    spec = importlib.util.spec_from_file_location("peer_starter", PEERS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure(bench):
    peer = starter()
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(bench.build.server("--mode=select"))
        servers = {"ours": ours}
        for name, row in peer.peers().items():
            if not peer.missing(row):
                servers[name] = stack.enter_context(peer.Peer(row))
        rates = small.in_turn({name: server.url("/ping") for name, server in servers.items()},
                              bench.rounds)
        body = body_of(MEMBERS_LARGE)
        times = {name: [] for name in servers}
        for _ in range(bench.rounds):
            for name, server in servers.items():
                times[name].append(post_ms(server, "/ping", body))
    yield from rows_of(peer.peers().values(), rates, times)


def rows_of(peers, rates, times):
    for row in peers:
        name, about = row["name"], row["about"]
        if name not in rates:
            yield absent("`/ping` against %s" % about, "not installed")
            continue
        yield pair("small `/ping`, 16 keep-alive connections (requests/s), against %s" % about,
                   rates["ours"], rates[name])
        yield pair("25 MB `/ping`, as the client sees it (ms), against %s" % about, times["ours"],
                   times[name])
