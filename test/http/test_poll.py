"""A smoke test of one poll kind: run once for each that goes with the mode."""

import unittest

from support import MODE, MODEL_ENDPOINTS, POLL, SMALL_BODY, ServerCase, request

CONNECTIONS = 50


class Poll(ServerCase):
    """All that a loop does: accept, read in pieces, write long, keep, close, drain."""

    arguments = ("--max-name=8MB",)

    def test_it_is_the_kind_that_was_asked_for(self):
        if POLL not in ("", "auto"):
            self.assertEqual(self.server.poll, POLL)
        stats = self.server.stats()
        self.assertEqual((stats["mode"], stats["poll"]), (MODE, self.server.poll))

    def test_many_connections_at_once_with_many_requests_each(self):
        wires = [self.server.wire() for _ in range(CONNECTIONS)]
        data = b"".join(request("POST", path, SMALL_BODY) for path in MODEL_ENDPOINTS)
        for cut in (10, len(data) // 2, len(data) - 1):
            for wire in wires:
                wire.send(data[:cut])
            for wire in wires:
                wire.send(data[cut:])
            for wire in wires:
                self.assertEqual([wire.response().status for _ in MODEL_ENDPOINTS], [200] * len(MODEL_ENDPOINTS))
        for wire in wires:
            wire.socket.close()
        self.server.wait_until_idle()

    def test_a_long_body_and_a_long_reply(self):
        body = b'{"name": "%s", "data": {}}' % (b"n" * 5_000_000)
        for path in MODEL_ENDPOINTS:
            self.assertEqual(len(self.server.post(path, body).json()["name"]), 5_000_000)

    def test_a_refusal_closes(self):
        self.assert_refused(b"POST /ping HTTP/1.1\r\nHost: a\r\n\r\n", 411)


if __name__ == "__main__":
    unittest.main()
