"""Requests that are framed well, badly or so that two parsers could disagree: one table.

Each case is a row: the number of its kind, what it is, the bytes sent, the right outcome. Behind
each a marker request is pipelined. An outcome tells the replies in their order; of alternatives
between "|" any may come. "400" closes the connection, and the marker never runs; "200+" goes on,
so that the marker runs; "close" is a close without a reply.
"""

from support import SMALL_BODY, head

MAX_BODY = 64 << 10  # --max-body of the server that the table is for
HOST = "Host: test"
LENGTH = f"Content-Length: {len(SMALL_BODY)}"
CHUNKED = "Transfer-Encoding: chunked"
SIZE = b"%x" % len(SMALL_BODY)
LAST = b"0\r\n\r\n"
CHUNKED_BODY = SIZE + b"\r\n" + SMALL_BODY + b"\r\n" + LAST
GET = "GET /healthz HTTP/1.1"


def post(*lines, body=SMALL_BODY, first="POST /ping HTTP/1.1"):
    return head(HOST, *lines, first=first) + body


def chunked(body, *lines):
    return post(CHUNKED, *lines, body=body)


def chunk(line, data=SMALL_BODY, end=b"\r\n", last=LAST):
    return chunked(line + data + end + last)


def trailer(lines):
    return chunked(SIZE + b"\r\n" + SMALL_BODY + b"\r\n0\r\n" + lines)


def line(first, body=SMALL_BODY):
    """A request of which only the request line is odd; bytes."""
    return first + b"\r\n" + f"{HOST}\r\n{LENGTH}\r\n\r\n".encode() + body


def pieces(size, count):
    return chunked((b"%x\r\n%s\r\n" % (size, b" " * size)) * count + LAST)


def each(row, what, outcome, make, values):
    return [(row, f"{what} {value!r}", make(value), outcome) for value in values]


ROW_1 = [
    (1, "two lengths, the same", post(LENGTH, LENGTH), "400"),
    (1, "two lengths", post(LENGTH, "Content-Length: 5"), "400"),
    (1, "two lengths, the second longer", post("Content-Length: 0", "content-length: 500"), "400"),
    (1, "three lengths", post(LENGTH, LENGTH, LENGTH), "400"),
    (1, "a length, then chunked", post(LENGTH, CHUNKED), "400"),
    (1, "chunked, then a length", chunked(CHUNKED_BODY, LENGTH), "400"),
    (1, "a length of 0, then chunked", post("Content-Length: 0", CHUNKED, body=CHUNKED_BODY), "400"),
    (1, "chunked twice", chunked(CHUNKED_BODY, CHUNKED), "400"),
    (1, "chunked and identity", chunked(CHUNKED_BODY, "Transfer-Encoding: identity"), "400|501"),
    (1, "identity and a length", post("Transfer-Encoding: identity", LENGTH), "400|501"),
    *each(
        1, "coding", "400|501", lambda value: post(f"Transfer-Encoding: {value}", body=CHUNKED_BODY),
        ("gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "xchunked", "chunked;a", "",
         '"chunked"', "chunked\x0b", "chun ked", ",chunked", "chunked,"),
    ),
    (1, "coding with another name's look", post("Transfer-Encoding : chunked", LENGTH), "400"),
    (1, "two hosts", post("Host: other", LENGTH), "400"),
    (1, "two hosts, the same", post(HOST, LENGTH), "400"),
    (1, "no host", head(LENGTH) + SMALL_BODY, "400"),
    (1, "a GET with chunked and a length", head(HOST, CHUNKED, LENGTH, first=GET) + CHUNKED_BODY, "400"),
]  # fmt: skip

ROW_2 = [
    *each(
        2, "line", "400", lambda value: post(LENGTH, value),
        ("X-A : b", "X-A\t: b", "Content-Length : 5", "X-A: b\r\n c", "X-A: b\r\n\tc\r\n d", "X-A:\r\n b",
         "X A: b", "X(A): b", "X@A: b", "X/A: b", "X[A]: b", "X,A: b", 'X"A": b', "X{A}: b", "X\x7f: b",
         "X\xe4: b", "X\x01: b", "X\0: b", ": b", ":", ": ", "X-A", " X-A: b", "\tX-A: b"),
    ),
    *each(
        2, "first line", "400", lambda value: post(value, LENGTH),
        (": b", "X-A\0: b", " X-A: b", "X-A: b\0c", "X-A: b\nX-B: c"),
    ),
    *each(
        2, "value with", "400", lambda code: post(LENGTH, f"X-A: b{chr(code)}c"),
        (0x00, 0x01, 0x08, 0x0A, 0x0B, 0x0C, 0x0D, 0x1B, 0x1F, 0x7F),
    ),
    (2, "a control at a value's end", post(LENGTH, "X-A: b\x01"), "400"),
    (2, "a folded coding", head(HOST, "Transfer-Encoding:\r\n chunked") + CHUNKED_BODY, "400"),
    (2, "a line ends with a bare LF", post(LENGTH, "X-A: b\n"), "400"),
    (2, "a head ends with a bare LF", post(LENGTH)[: -len(SMALL_BODY) - 2] + b"\n" + SMALL_BODY, "400"),
    (2, "a name like a length's", post("Content-Length-X: 5", LENGTH), "200+"),
]  # fmt: skip

ROW_3 = each(
    3, "length", "400", lambda value: post(f"Content-Length: {value}"),
    ("abc", "-1", "+47", "47, 47", "47,47", "", "0x2f", "4 7", "47;", "4e1", "47.0", "47\x0b", '"47"'),
)  # fmt: skip

# libmicrohttpd calls a number beyond 64 bits malformed.
ROW_4 = [
    *each(4, "length", "413", lambda value: post(f"Content-Length: {value}"),
          (2**64 - 1, 2**64 - 2, 2**63, 2**63 - 1)),
    *each(4, "length", "413|400", lambda value: post(f"Content-Length: {value}"),
          (2**64, 2**64 + len(SMALL_BODY), 10**30)),
]  # fmt: skip

ROWS_5_TO_7 = [
    (5, "a length over the limit", post(f"Content-Length: {MAX_BODY + 1}"), "413"),
    (5, "the same to /stream", post(f"Content-Length: {MAX_BODY + 1}", first="POST /stream HTTP/1.1"), "413"),
    (6, "over the limit, with Expect", post("Expect: 100-continue", f"Content-Length: {MAX_BODY + 1}"), "413"),
    (6, "the wrong type, with Expect", post("Expect: 100-continue", LENGTH, "Content-Type: a/b", body=b""), "415"),
    (7, "chunks of 1 kB, past the limit", pieces(1 << 10, 70), "413"),
    (7, "chunks of 16 kB, far past the limit", pieces(16 << 10, 40), "413"),
    (7, "one chunk, far past the limit", pieces(1 << 20, 1), "413"),
]

ROW_8 = [
    *each(
        8, "chunk line", "400", lambda value: chunk(value + b"\r\n"),
        (b"g", b"", b"-1", b"+2f", b" 2f", b"0x2f", b"2f ", b"2f\t", b"2f x", b"2f,", b";a", b"\xb2"),
    ),
    (8, "no end of the chunk", chunk(SIZE + b"\r\n", end=b""), "400"),
    (8, "the chunk is longer than told", chunk(SIZE + b"\r\n", end=b"xx\r\n"), "400"),
    (8, "a size beyond 64 bits", chunk(b"ffffffffffffffff2f\r\n"), "400|413"),
    (8, "a size of 17 digits", chunk(b"1" + b"0" * 16 + b"\r\n"), "400|413"),
    (8, "a bad size after a good chunk", chunked(SIZE + b"\r\n" + SMALL_BODY + b"\r\nx\r\n" + LAST), "400"),
]  # fmt: skip

ROW_9 = [
    (9, "chunked", chunked(CHUNKED_BODY), "200+"),
    (9, "one-byte chunks", chunked(b"".join(b"1\r\n%c\r\n" % byte for byte in SMALL_BODY) + LAST), "200+"),
    *each(
        9, "chunk line", "200+", lambda value: chunk(value + b"\r\n"),
        (SIZE + b";a", SIZE + b";a=b", SIZE + b';a="b;c"', SIZE + b";a=b;c=d", b"000" + SIZE, SIZE.upper(),
         SIZE + b";" + b"a" * 8000),
    ),
    (9, "an extension of the last chunk", chunk(SIZE + b"\r\n", last=b"0;a=b\r\n\r\n"), "200+"),
    (9, "several zeros as the last chunk", chunk(SIZE + b"\r\n", last=b"000\r\n\r\n"), "200+"),
    *each(9, "trailer", "200+", trailer, (b"X-A: b\r\n\r\n", b"X-A:\r\nX-B: c\tc \r\n\r\n")),
    (9, "a trailer that looks like framing", trailer(b"Content-Length: 5\r\n\r\n"), "200+"),
    (9, "a coding in capitals", post("Transfer-Encoding: CHUNKED", body=CHUNKED_BODY), "200+"),
    (9, "a GET with a chunked body", head(HOST, CHUNKED, first=GET) + CHUNKED_BODY, "200+"),
]  # fmt: skip

ROWS_10_AND_11 = [
    (10, "neither length nor coding", post(body=b""), "411"),
    (10, "the same with a body", post(), "411"),
    (10, "the same in HTTP/1.0", b"POST /pong HTTP/1.0\r\n\r\n", "411"),
    (10, "a length of 0", post("Content-Length: 0", body=b""), "422+"),
    (11, "junk after the body", post(LENGTH) + b"JUNK\r\n\r\n", "200+ 400|close"),
    (11, "a second request that is bad", post(LENGTH) + post(LENGTH, LENGTH), "200+ 400"),
    (11, "three requests", post(LENGTH) + chunked(CHUNKED_BODY) + head(HOST, first=GET), "200+ 200+ 200+"),
    (11, "twenty requests", post(LENGTH) * 20, " ".join(["200+"] * 20)),
    (11, "a refused request in the middle",
     post(LENGTH) + post(LENGTH, first="POST /nope HTTP/1.1") + post(LENGTH), "200+ 404+ 200+"),
    (11, "Connection: close", post(LENGTH, "Connection: close"), "200"),
]  # fmt: skip

ROWS_12_TO_14 = [
    *each(12, "a target of", "414", lambda size: head(HOST, first=f"GET /{'a' * size} HTTP/1.1"), (40_000, 40_960, 200_000)),
    *each(12, "a query of", "414", lambda size: head(HOST, first=f"GET /healthz?a={'a' * size} HTTP/1.1"), (40_000, 90_000)),
    *each(12, "a field of", "431", lambda size: head(HOST, "X-A: " + "a" * size, first=GET), (34_000, 40_000, 40_960, 200_000)),
    (12, "5,000 fields", head(HOST, *[f"X-{i}: a" for i in range(5000)], first=GET), "431"),
    (12, "a field of 32,000 bytes", head(HOST, "X-A: " + "a" * 32_000, first=GET), "200+"),
    (12, "a target of 30,000 bytes", head(HOST, first=f"GET /{'a' * 30_000} HTTP/1.1"), "404+"),
    (13, "HTTP/9.9", line(b"POST /ping HTTP/9.9"), "505"),
    (13, "HTTP/2.0", line(b"POST /ping HTTP/2.0"), "505"),
    (13, "HTTP/0.9", line(b"POST /ping HTTP/0.9"), "505|400"),
    (13, "HTTP/1.2", line(b"POST /ping HTTP/1.2"), "505"),
    (13, "HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"),
    (13, "a TLS hello", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(range(160)), "400|close"),
    *each(13, "request line", "400|close", line,
          (b"POST /ping http/1.1", b"POST /ping HTTP/1.10", b"POST /ping HTTP/11", b"POST /ping", b"POST /ping HTTP/x.y")),
    (14, "an unknown path", line(b"POST /nope HTTP/1.1"), "404+"),
    (14, "an unknown path, %00", line(b"POST /ping%00 HTTP/1.1"), "404+"),
    (14, "a wrong method", line(b"DELETE /ping HTTP/1.1"), "405+"),
    (14, "a method in small letters", line(b"post /ping HTTP/1.1"), "405+"),
    (14, "another content type", post(LENGTH, "Content-Type: text/plain"), "415+"),
    (14, "chunked to an unknown path", post(CHUNKED, body=CHUNKED_BODY, first="POST /nope HTTP/1.1"), "404+"),
]  # fmt: skip

# Answered at once, with one head, or refused so.
ROW_37 = [
    *each(37, "arguments a&", "200+|414|431",
          lambda count: head(HOST, first=f"GET /healthz?{'a&' * count} HTTP/1.1"), (450, 493, 600, 1000, 5000)),
    *each(37, "arguments id=12345678&", "200+|414|431",
          lambda count: head(HOST, first=f"GET /healthz?{'id=12345678&' * count} HTTP/1.1"), (450, 600, 1000)),
    *each(37, "cookies in one field", "200+|431",
          lambda count: head(HOST, "Cookie: " + "; ".join(f"c{i}=v" for i in range(count)), first=GET), (100, 600, 1000)),
    (37, "1,000 fields of a cookie", head(HOST, *[f"Cookie: c{i}=v" for i in range(1000)], first=GET), "200+|431"),
    (37, "600 arguments of a POST",
     post(LENGTH, first=f"POST /ping?{'a&' * 600} HTTP/1.1"), "200+|414|431"),
]  # fmt: skip

ROW_38 = [
    *each(
        38, "chunk line", "400", lambda value: chunk(SIZE + value),
        (b"\n", b"\r", b"\0\r\n", b"\x01\r\n", b"\x0b\r\n", b"\x7f\r\n", b";\n", b";a\n", b";a\r", b";a\rb\r\n",
         b";a\nb\r\n", b"\n\r\n"),
    ),
    *each(38, "after chunk data", "400", lambda value: chunk(SIZE + b"\r\n", end=value),
          (b"\n", b"\r", b"\0\r\n", b"\x01\r\n", b"\rx", b"\n\n")),
    *each(38, "last chunk", "400", lambda value: chunk(SIZE + b"\r\n", last=value),
          (b"0\n\r\n", b"0\r\n\n", b"0\0\r\n\r\n", b"0\x01\r\n\r\n", b"0\rx\r\n\r\n", b"0\r\n\rx", b"0;\n\r\n")),
    (38, "a request hidden behind a bare LF",
     chunked(b"2;\nxx\r\n2f\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n\r\n0\r\n\r\n"), "400"),
]  # fmt: skip

ROW_39 = each(
    39, "trailer", "400", trailer,
    (b"X-A: b\r\n c\r\n\r\n", b"X-A: b\r\n\tc\r\n\r\n", b": b\r\n\r\n", b":\r\n\r\n", b"X : y\r\n\r\n", b"X\t: y\r\n\r\n",
     b"X: a\0b\r\n\r\n", b"X\0: y\r\n\r\n", b"X: a\n\r\n", b"X: a\r\n\n", b"X: a\rb\r\n\r\n", b"X\r\n\r\n", b"X(: y\r\n\r\n",
     b" X: y\r\n\r\n", b"X: a\x01b\r\n\r\n", b"X: a\x7f\r\n\r\n", b"X-A: b\r\nX: \x1b\r\n\r\n", b"X-A: b\nX-B: c\r\n\r\n"),
)  # fmt: skip

ROW_40 = each(
    40, "request line", "400|close", line,
    (b"PO\0ST /ping HTTP/1.1", b"PO\x01ST /ping HTTP/1.1", b"PO\x7fST /ping HTTP/1.1", b"PO\tST /ping HTTP/1.1",
     b"\0POST /ping HTTP/1.1", b"\x01POST /ping HTTP/1.1", b" POST /ping HTTP/1.1", b"\tPOST /ping HTTP/1.1",
     b"\nPOST /ping HTTP/1.1", b"\r\n\r\nPOST /ping HTTP/1.1", b"\rPOST /ping HTTP/1.1",
     b"POST /pi\0ng HTTP/1.1", b"POST /pi\x01ng HTTP/1.1", b"POST /ping\x7f HTTP/1.1", b"POST /ping?\0 HTTP/1.1",
     b"POST /ping?a\x01=b HTTP/1.1", b"POST /ping?a=b\x1fc HTTP/1.1", b"POST /ping?a=b&c\x0b HTTP/1.1",
     b"POST  /ping HTTP/1.1", b"POST /ping  HTTP/1.1", b"POST\t/ping HTTP/1.1", b"POST /ping\tHTTP/1.1",
     b"POST /ping HTTP/1.1 ", b"POST /pi ng HTTP/1.1", b"POST /ping\rHTTP/1.1", b"POST /ping\nHTTP/1.1",
     b"POST /ping HTTP/1.1\0", b"POST\x0b/ping HTTP/1.1"),
)  # fmt: skip

ROW_41 = [
    (41, "HTTP/1.0, chunked", head(CHUNKED, first="POST /ping HTTP/1.0") + CHUNKED_BODY, "400"),
    (41, "the same, kept alive",
     head(HOST, CHUNKED, "Connection: keep-alive", first="POST /ping HTTP/1.0") + CHUNKED_BODY, "400"),
    (41, "the same with a length", head(HOST, CHUNKED, LENGTH, first="POST /ping HTTP/1.0") + CHUNKED_BODY, "400"),
    (41, "HTTP/1.0 with a length", head(LENGTH, first="POST /ping HTTP/1.0") + SMALL_BODY, "200"),
    (41, "the same, kept alive",
     head(LENGTH, "Connection: keep-alive", first="POST /ping HTTP/1.0") + SMALL_BODY, "200+"),
]  # fmt: skip

ROW_42 = [
    *each(42, "length", "200+", lambda value: post(f"Content-Length:{value}"),
          (" 47 ", "47", "\t47", " 47\t", "   47   ", " 0000047")),
    *each(42, "coding", "200+", lambda value: post(f"Transfer-Encoding:{value}", body=CHUNKED_BODY),
          ("chunked", "  chunked", " chunked \t")),
    *each(42, "chunk line", "200+", lambda value: chunk(value + b"\r\n"),
          (SIZE + b" ;a=b", SIZE + b"\t; a = b", SIZE + b"  ;a")),
    (42, "one empty line before a request", b"\r\n" + post(LENGTH), "200+"),
    (42, "one between two requests", post(LENGTH) + b"\r\n" + post(LENGTH), "200+ 200+"),
    (42, "a value that is empty", post(LENGTH, "X-A:", "X-B: "), "200+"),
    (42, "a tab and bytes above 127 in a value", post(LENGTH, "X-A: b\tc \xe4"), "200+"),
    (42, "a target with a host", line(b"POST http://test/ping HTTP/1.1"), "200+"),
]  # fmt: skip

CASES = (
    ROW_1 + ROW_2 + ROW_3 + ROW_4 + ROWS_5_TO_7 + ROW_8 + ROW_9 + ROWS_10_AND_11 + ROWS_12_TO_14
    + ROW_37 + ROW_38 + ROW_39 + ROW_40 + ROW_41 + ROW_42
)  # fmt: skip
