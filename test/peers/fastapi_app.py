"""The endpoints of looplagd under FastAPI, as one would write them there.

`app_async` has `async def` endpoints, `app_def` has `def` ones, which FastAPI
runs on its pool of 40 threads. /ping lets FastAPI bind a BaseModel; /pong
reads the raw body in chunks and times each stage. `app_threadpool` reads both
bodies on the loop, and parses them in that pool of threads;
fastapi_processpool.py does so in processes. Replies and headers are those of
looplagd, so that one client reads both.
"""

import os
import time
from typing import Dict

import ujson
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ValidationError

WORKER = str(os.getpid()).encode()


class Param(BaseModel):
    name: str
    data: Dict[str, int]


class Headers:
    """ASGI middleware: when a request began, and the headers that looplagd sends, too.

    `read` is the time in which the loop was free while the body came; what is
    left of `total` is FastAPI's and the endpoint's.
    """

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        read = 0.0
        scope.setdefault("state", {})["began"] = began

        async def timed_receive():
            nonlocal read
            start = time.perf_counter()
            message = await receive()
            read += time.perf_counter() - start
            return message

        async def told_send(message):
            if message["type"] == "http.response.start":
                total = time.perf_counter() - began
                timing = f"read;dur={read * 1e3:.3f}, total;dur={total * 1e3:.3f}"
                message["headers"] += [(b"server-timing", timing.encode()), (b"x-worker", WORKER)]
                message["headers"] += [pair for pair in scope["headers"] if pair[0] == b"x-request-id"]
            await send(message)

        await self.app(scope, timed_receive, told_send)


def whole_ms(seconds):
    return round(seconds * 1000)


def summary(began, param, profiling):
    """The reply. `began` is of the machine's monotonic clock, so any process may make it."""
    return {
        "name": param.name,
        "count": len(param.data),
        "maxval": max(param.data.values(), default=0),
        "elapsed_server": whole_ms(time.perf_counter() - began),
        "profiling": profiling,
    }


class Body:
    """A raw body in the chunks it came in, and how long they took."""

    def __init__(self, chunks, seconds):
        self.chunks = chunks
        self.seconds = seconds


async def read_body(request: Request):
    start = time.perf_counter()
    chunks = [chunk async for chunk in request.stream()]
    return Body(chunks, time.perf_counter() - start)


def answer_bound(began, text):
    """/ping's work on a body that is there: what FastAPI does before it calls the function."""
    try:
        return summary(began, Param.parse_raw(text), {})
    except ValidationError as error:
        raise HTTPException(422, error.errors()) from None


def answer_raw(began, body):
    """/pong's work on a body that is there: string, JSON, parameter."""
    marks = [time.perf_counter()]
    try:
        text = b"".join(body.chunks).decode()
        marks.append(time.perf_counter())
        document = ujson.loads(text)
        marks.append(time.perf_counter())
        param = Param.parse_obj(document)
    except ValidationError as error:
        raise HTTPException(422, error.errors()) from None
    except ValueError as error:
        raise HTTPException(422, [{"type": "json_invalid", "loc": ["body"], "msg": str(error)}]) from None
    marks.append(time.perf_counter())
    profiling = {
        "001_read_chunks": whole_ms(body.seconds),
        "002_string_conversion": whole_ms(marks[1] - marks[0]),
        "003_json_parsing": whole_ms(marks[2] - marks[1]),
        "004_param_creation": whole_ms(marks[3] - marks[2]),
    }
    return summary(began, param, profiling)


def new_app():
    app = FastAPI()
    app.add_middleware(Headers)

    @app.get("/healthz")
    async def healthz():
        return {"status": "ok"}

    return app


def elsewhere_app(run):
    """Reads bodies on the loop and awaits `run(function, *arguments)`, which answers somewhere else."""
    app = new_app()

    @app.post("/ping")
    async def ping(request: Request):
        return await run(answer_bound, request.state.began, await request.body())

    @app.post("/pong")
    async def pong(request: Request, body: Body = Depends(read_body)):
        return await run(answer_raw, request.state.began, body)

    return app


app_async = new_app()
app_def = new_app()
app_threadpool = elsewhere_app(run_in_threadpool)


@app_async.post("/ping")
async def ping_async(request: Request, param: Param):
    return summary(request.state.began, param, {})


@app_async.post("/pong")
async def pong_async(request: Request, body: Body = Depends(read_body)):
    return answer_raw(request.state.began, body)


@app_def.post("/ping")
def ping_def(request: Request, param: Param):
    return summary(request.state.began, param, {})


@app_def.post("/pong")
def pong_def(request: Request, body: Body = Depends(read_body)):
    return answer_raw(request.state.began, body)
