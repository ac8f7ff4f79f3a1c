"""GET /openapi.json: valid OpenAPI 3.1, and true: of each path, each reply and the model."""

import copy
import json
import pathlib
import sys
import unittest

import openapi
from support import MODEL_ENDPOINTS, SMALL_BODY, Server, ServerCase, request, run_to_end

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "client"))
import schema  # noqa: E402


class Document(ServerCase):
    arguments = ("--max-body=1kB", "--max-name=100")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reply = cls.server.get("/openapi.json")
        cls.document = cls.reply.json()

    def resolved(self, node):
        while "$ref" in node:
            node = openapi.resolve(self.document, node["$ref"], "#")
        return node

    def content(self, path, method, status):
        """The media types of a reply, each with its schema."""
        return self.resolved(self.document["paths"][path][method]["responses"][str(status)])["content"]

    def test_it_is_valid(self):
        self.assertEqual((self.reply.status, self.reply.header("Content-Type")), (200, "application/json"))
        openapi.check(self.document)

    def test_the_check_sees_faults(self):
        """Each of these is refused: the check is worth something."""
        faults = (
            lambda d: d.pop("info"),
            lambda d: d.update(swagger="2.0"),
            lambda d: d.update(openapi="3.0.2"),
            lambda d: d["paths"].update({"ping": {}}),
            lambda d: d["paths"]["/ping"].update(fetch={}),
            lambda d: d["paths"]["/ping"]["post"].pop("responses"),
            lambda d: d["paths"]["/ping"]["post"].update(operationId="post_pong"),
            lambda d: d["paths"]["/ping"]["post"]["responses"].update({"20": {"description": "x"}}),
            lambda d: d["paths"]["/ping"]["post"]["responses"].update({"201": {}}),
            lambda d: d["paths"]["/ping"]["post"]["requestBody"].update({"$ref": "#/components/requestBodies/None"}),
            lambda d: d["paths"]["/ping"]["post"]["requestBody"].update({"$ref": "#/components/responses/422"}),
            lambda d: d["components"]["schemas"]["Reply"].update(type="text"),
            lambda d: d["components"]["schemas"]["Reply"].update(nullable=True),
        )
        for number, fault in enumerate(faults):
            broken = copy.deepcopy(self.document)
            fault(broken)
            with self.subTest(fault=number), self.assertRaises(openapi.Wrong):
                openapi.check(broken)

    def test_every_endpoint_is_there_and_no_other(self):
        paths = {(method, path) for method, path, _ in openapi.operations(self.document)}
        self.assertEqual({path for method, path in paths if method == "post"},
                         set(run_to_end("--list-endpoints").stdout.split()))
        self.assertEqual(set(MODEL_ENDPOINTS) - {path for _, path in paths}, set())
        for method, path in paths:
            raw = SMALL_BODY if method == "post" else None
            response = self.server.ask(request(method.upper(), path, raw))
            with self.subTest(path=path):
                self.assertEqual(response.status, 200)
                self.assertEqual([response.header("Content-Type")], list(self.content(path, method, 200)))

    def assert_told(self, path, method, response):
        """The document knows this reply, its body and its headers."""
        told = self.resolved(self.document["paths"][path][method]["responses"][str(response.status)])
        ((_, media),) = told["content"].items()
        schema.Schema(self.document).check(response.json(), media["schema"])
        names = {name.lower() for name in told["headers"]}
        common = {"date", "content-type", "content-length", "connection"}
        self.assertEqual({name.lower() for name, _ in response.headers} - names - common, set())

    def test_replies_are_as_told(self):
        text = [("Content-Type", "text/plain")]
        stamped = b'{"name": "n", "data": {}, "timestamp": "2026-01-01T00:00:00Z"}'
        long = b'{"name": "%s", "data": {}}'
        asked = (
            (SMALL_BODY, (), 200), (stamped, (), 200), (b"{", (), 422), (b"[]", (), 422), (b'{"data": {"a": "b"}}', (), 422),
            (long % (b"n" * 200), (), 422), (long % (b"n" * 2000), (), 413), (SMALL_BODY, text, 415), (None, (), 411),
        )  # fmt: skip
        for path in MODEL_ENDPOINTS:
            for raw, headers, status in asked:
                with self.subTest(path=path, body=raw):
                    response = self.server.ask(request("POST", path, raw, headers))
                    self.assertEqual(response.status, status)
                    self.assert_told(path, "post", response)

    def test_the_model_is_what_is_taken(self):
        """Its example is answered 200; without a field that it needs 422."""
        body = self.document["components"]["requestBodies"]["Parameter"]
        ((_, media),) = body["content"].items()
        model = media["schema"]
        self.assertEqual(list(model["properties"]), ["name", "data", "timestamp"])
        self.assertEqual(model["required"], ["name", "data"])
        (example,) = model["examples"]
        schema.Schema(self.document).check(example, model)
        for path in MODEL_ENDPOINTS:
            self.assertEqual(self.post(path, example).status, 200)
            for field in model["required"]:
                refused = self.post(path, {name: value for name, value in example.items() if name != field})
                self.assertEqual((refused.status, refused.json()["detail"][0]["loc"]), (422, ["body", field]))

    def post(self, path, value):
        return self.server.post(path, json.dumps(value).encode())

    def test_every_operation_says_what_it_does(self):
        for method, path, operation in openapi.operations(self.document):
            with self.subTest(path=path):
                self.assertGreater(len(operation["summary"]), 10)
                self.assertIn("503", operation["responses"])
                self.assertEqual("422" in operation["responses"], method == "post")

    def test_a_draining_server_is_in_it(self):
        with Server("--drain-delay=30s") as server:
            server.terminate()
            response = None
            for _ in range(1000):
                response = server.get("/readyz")
                if response.status != 200:
                    break
            self.assertEqual(response.status, 503)
            self.assertIn("503", self.document["paths"]["/readyz"]["get"]["responses"])


if __name__ == "__main__":
    unittest.main()
