"""The contract of POST /ping, /pong and /await and of GET /healthz: bodies, replies, headers."""

import datetime
import json
import re
import unittest

from support import DOCUMENT_ENDPOINTS, MODEL_ENDPOINTS, SMALL_BODY, Server, ServerCase, has, request

PONG_STAGES = [
    "001_read_chunks",
    "002_string_conversion",
    "003_json_parsing",
    "004_param_creation",
]
TIMING = re.compile(r"^[a-z]+;dur=\d+\.\d{3}(, [a-z]+;dur=\d+\.\d{3})*$")


def body(name="n", data=None, **more):
    return json.dumps({"name": name, "data": data or {}, **more}).encode()


def timing(response):
    """Server-Timing as an ordered dict of ms; None when the syntax is wrong."""
    header = response.header("Server-Timing")
    if not TIMING.match(header or ""):
        return None
    pairs = (stage.split(";dur=") for stage in header.split(", "))
    return {name: float(ms) for name, ms in pairs}


def utc(seconds_ago, zone=datetime.timezone.utc):
    now = datetime.datetime.now(zone)
    return (now - datetime.timedelta(seconds=seconds_ago)).isoformat()


class Replies(ServerCase):
    """Every field of a reply, for each endpoint that has a document."""

    arguments = ("--max-name=1MB",)

    def ask_each(self, raw):
        replies = []
        for path in DOCUMENT_ENDPOINTS:
            response = self.server.post(path, raw)
            self.assertEqual(response.status, 200, (path, response.body))
            replies.append((path, response.json()))
        return replies

    def test_fields_their_order_and_types(self):
        for path, reply in self.ask_each(body("Bob", {"x": 5, "y": 12, "z": 9})):
            self.assertEqual(
                list(reply), ["name", "count", "maxval", "elapsed_server", "profiling"]
            )
            self.assertEqual((reply["name"], reply["count"], reply["maxval"]), ("Bob", 3, 12))
            self.assertIs(type(reply["elapsed_server"]), int)
            self.assertGreaterEqual(reply["elapsed_server"], 0)

    def test_profiling_is_empty_for_ping_and_has_four_stages_for_pong(self):
        for path, reply in self.ask_each(SMALL_BODY):
            wanted = PONG_STAGES if path == "/pong" else []
            self.assertEqual(list(reply["profiling"]), wanted)
            for ms in reply["profiling"].values():
                self.assertIs(type(ms), int)
                self.assertGreaterEqual(ms, 0)

    def test_maxval_is_0_for_empty_data(self):
        for _, reply in self.ask_each(body(data={})):
            self.assertEqual((reply["count"], reply["maxval"]), (0, 0))

    def test_maxval_can_be_negative(self):
        for _, reply in self.ask_each(body(data={"a": -5, "b": -3, "c": -9})):
            self.assertEqual((reply["count"], reply["maxval"]), (3, -3))

    def test_the_ends_of_the_integer_range(self):
        low, high = -(2**63), 2**63 - 1
        for _, reply in self.ask_each(body(data={"a": low})):
            self.assertEqual(reply["maxval"], low)
        for _, reply in self.ask_each(body(data={"a": low, "b": high, "c": 0})):
            self.assertEqual(reply["maxval"], high)

    def test_unknown_keys_are_ignored(self):
        ignored = {"x": [1.5, None, {"data": {"a": 99}}], "y": "z", "": True}
        for _, reply in self.ask_each(body(data={"a": 1}, **ignored)):
            self.assertEqual((reply["count"], reply["maxval"]), (1, 1))

    def test_the_name_comes_back_as_it_was(self):
        for name in ("", "ä€𝄞 日本", 'q"\\/\b\f\n\r\t\x01\x7f', "\u2028", "n" * 100_000):
            for _, reply in self.ask_each(body(name)):
                self.assertEqual(reply["name"], name)
            raw = json.dumps({"data": {}, "name": name}, ensure_ascii=False).encode()
            for _, reply in self.ask_each(raw):
                self.assertEqual(reply["name"], name)

    def test_any_order_of_keys_and_any_white_space(self):
        raw = b' \r\n\t{ "data" : { "b" :\t-1 , "a":2 } ,\n"name":"n"} \n'
        for _, reply in self.ask_each(raw):
            self.assertEqual((reply["name"], reply["count"], reply["maxval"]), ("n", 2, 2))

    def test_fifty_thousand_members(self):
        data = {f"key{i}": i for i in range(50_000)}
        for _, reply in self.ask_each(body(data=data)):
            self.assertEqual((reply["count"], reply["maxval"]), (50_000, 49_999))

    def test_a_timestamp_gives_elapsed_from_client(self):
        east = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
        for stamp in (utc(5), utc(5).replace("+00:00", "Z"), utc(5, east)):
            for _, reply in self.ask_each(body(timestamp=stamp)):
                self.assertEqual(list(reply)[-1], "elapsed_from_client")
                self.assertGreaterEqual(reply["elapsed_from_client"], 5000 - 1)
                self.assertLess(reply["elapsed_from_client"], 60_000)

    def test_without_a_timestamp_there_is_no_elapsed_from_client(self):
        for raw in (body(), body(timestamp=None)):
            for _, reply in self.ask_each(raw):
                self.assertNotIn("elapsed_from_client", reply)


class Headers(ServerCase):
    """The headers of replies."""

    def test_content_type_and_length(self):
        for data in (request(body=SMALL_BODY), request("GET", "/healthz"), request("GET", "/x")):
            response = self.server.ask(data)
            self.assertEqual(response.version, "HTTP/1.1")
            self.assertEqual(response.header("Content-Type"), "application/json")
            self.assertEqual(int(response.header("Content-Length")), len(response.body))
            self.assertIsNotNone(response.header("Date"))

    def test_server_timing_has_the_stages_of_the_endpoint_in_order(self):
        stages = {
            "/ping": ["read", "parse", "bind", "total"],
            "/pong": ["read", "decode", "parse", "bind", "total"],
            "/await": ["read", "parse", "bind", "total"],
        }
        for path in DOCUMENT_ENDPOINTS:
            got = timing(self.server.post(path, SMALL_BODY))
            self.assertIsNotNone(got)
            if has("handlers"):
                self.assertGreaterEqual(got.pop("queue"), 0)
            self.assertEqual(list(got), stages[path])

    def test_server_timing_total_is_at_least_the_sum_of_the_stages(self):
        raw = body(data={f"key{i}": i for i in range(20_000)})
        for path in DOCUMENT_ENDPOINTS:
            response = self.server.post(path, raw)
            got = timing(response)
            total = got.pop("total")
            self.assertGreater(got["parse"], 0)
            self.assertGreaterEqual(total + 0.001 * len(got), sum(got.values()))
            self.assertLessEqual(response.json()["elapsed_server"], total)

    def test_server_timing_of_a_refusal(self):
        self.assertIsNotNone(timing(self.server.post("/ping", b"x")))

    def test_the_request_id_is_echoed_in_every_kind_of_reply(self):
        ids = [("X-Request-ID", "small-000001")]
        asked = (
            request(body=SMALL_BODY, headers=ids),
            request(body=b"no", headers=ids),
            request("GET", "/healthz", headers=ids),
            request("GET", "/nowhere", headers=ids),
            request("POST", "/ping", headers=ids),
        )
        for data in asked:
            self.assertEqual(self.server.ask(data).header("X-Request-ID"), "small-000001")

    def test_without_a_request_id_none_is_echoed(self):
        self.assertIsNone(self.server.post("/ping", SMALL_BODY).header("X-Request-ID"))


class Methods(ServerCase):
    """GET and HEAD /healthz; row 14: wrong path, method and content type."""

    def test_healthz(self):
        response = self.server.get("/healthz")
        self.assertEqual((response.status, response.json()), (200, {"status": "ok"}))

    def test_head_healthz_has_the_headers_and_no_body(self):
        with self.server.wire() as wire:
            wire.send(request("HEAD", "/healthz") + request("GET", "/healthz"))
            first, second = wire.response(only_head=True), wire.response()
        self.assertEqual((first.status, second.status), (200, 200))
        self.assertEqual(first.header("Content-Length"), second.header("Content-Length"))

    def test_row_14_unknown_path_is_404(self):
        for path in ("/pin", "/ping/", "/PING", "/ping%2F", "/healthz/x"):
            response = self.server.post(path, SMALL_BODY)
            self.assertEqual((response.status, response.json()), (404, {"detail": "Not Found"}))

    def test_an_absolute_target_is_its_path(self):
        self.assertEqual(self.server.get("http://somewhere:80/healthz").status, 200)

    def test_an_escaped_nul_does_not_end_the_path(self):
        for path in ("/healthz%00", "/healthz%00x", "/%00"):
            self.assertEqual(self.server.get(path).status, 404)
        self.assertEqual(self.server.get("/%68ealthz").status, 200)

    def test_row_14_wrong_method_is_405_with_allow(self):
        wrong = [(m, p, "POST") for m in ("GET", "HEAD", "PUT", "DELETE") for p in DOCUMENT_ENDPOINTS]
        wrong += [(m, p, "GET, HEAD") for m in ("POST", "PUT") for p in ("/healthz", "/stats")]
        for method, path, allow in wrong:
            with self.subTest(method=method, path=path):
                raw = SMALL_BODY if method in ("POST", "PUT") else None
                response = self.server.ask(request(method, path, raw), method == "HEAD")
                self.assertEqual((response.status, response.header("Allow")), (405, allow))
                if method != "HEAD":
                    self.assertEqual(response.json(), {"detail": "Method Not Allowed"})

    def test_row_14_wrong_content_type_is_415(self):
        for wrong in ("text/plain", "application/jso", "application/jsonp", "json", "text/json"):
            response = self.server.post("/ping", SMALL_BODY, [("Content-Type", wrong)])
            self.assertEqual(response.status, 415, wrong)
            self.assertEqual(list(response.json()), ["detail"])

    def test_json_content_types_and_none_are_taken(self):
        for good in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/x+json"):
            response = self.server.post("/ping", SMALL_BODY, [("Content-Type", good)])
            self.assertEqual(response.status, 200, good)
        self.assertEqual(self.server.post("/ping", SMALL_BODY, []).status, 200)

    def test_a_query_does_not_change_the_route(self):
        self.assertEqual(self.server.post("/ping?a=b", SMALL_BODY).status, 200)

    def test_the_connection_lives_on_after_404_405_415_422(self):
        text = [("Content-Type", "text/plain")]
        with self.server.wire() as wire:
            for data, status in (
                (request(path="/no", body=SMALL_BODY), 404),
                (request("PUT", "/ping", SMALL_BODY), 405),
                (request(body=SMALL_BODY, headers=text), 415),
                (request(body=b"{"), 422),
                (request(body=SMALL_BODY), 200),
            ):
                wire.send(data)
                response = wire.response()
                self.assertEqual((response.status, response.closes), (status, False))


class KeepAlive(ServerCase):
    """Connections are kept and reused, unless somebody asks otherwise."""

    def test_many_requests_on_one_connection(self):
        with self.server.wire() as wire:
            for path in DOCUMENT_ENDPOINTS * 10:
                wire.send(request(path=path, body=SMALL_BODY))
                response = wire.response()
                self.assertEqual((response.status, response.closes), (200, False))
            self.assertTrue(wire.is_silent())

    def test_a_reply_has_nothing_of_the_one_before(self):
        other = "Y" * 20
        asked = (  # the body, its request id, the status
            (body("x"), "id-1", 200),
            (body("y"), "id-2", 200),
            (body("x"), None, 200),
            (body(other), "id-3", 200),
            (b"{", None, 422),
            (body(other), None, 200),
            (body("x", {"a": 7}), "id-4", 200),
        )
        with self.server.wire() as wire:
            for path in MODEL_ENDPOINTS:
                for raw, request_id, status in asked:
                    ids = [("X-Request-ID", request_id)] if request_id else []
                    wire.send(request(path=path, body=raw, headers=ids))
                    response = wire.response()
                    self.assertEqual((response.status, response.closes), (status, False))
                    self.assertEqual(response.header("X-Request-ID"), request_id)
                    self.assertEqual(response.header("Content-Type"), "application/json")
                    self.assertIn("total", timing(response))
                    if status == 200:
                        self.assertEqual(response.json()["name"], json.loads(raw)["name"])

    def test_connection_close_of_the_client_is_followed(self):
        with self.server.wire() as wire:
            wire.send(request(body=SMALL_BODY, headers=[("Connection", "close")]))
            response = wire.response()
            self.assertEqual((response.status, response.closes), (200, True))
            self.assertEqual(wire.rest(), b"")

    def test_http_1_0_is_closed(self):
        with self.server.wire() as wire:
            wire.send(b"GET /healthz HTTP/1.0\r\n\r\n")
            self.assertEqual(wire.response().status, 200)
            self.assertEqual(wire.rest(), b"")

    def test_no_keepalive_closes_after_every_reply(self):
        with Server("--no-keepalive") as server:
            for data in (request(body=SMALL_BODY), request("GET", "/x"), request(body=b"[")):
                with server.wire() as wire:
                    wire.send(data + request("GET", "/healthz"))
                    self.assertTrue(wire.response().closes)
                    self.assertEqual(wire.rest(), b"")


if __name__ == "__main__":
    unittest.main()
