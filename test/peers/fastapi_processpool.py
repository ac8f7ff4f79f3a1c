"""fastapi_app's endpoints with bodies parsed in other processes.

The pool is made when uvicorn imports this, before it takes over any signal and
before there are threads, so that the processes can be forked: they have all
that was imported.
"""

import asyncio
import concurrent.futures
import os

from fastapi_app import elsewhere_app

PROCESSES = 4

pool = concurrent.futures.ProcessPoolExecutor(PROCESSES)
pool.submit(os.getpid).result()  # the first call forks them all


async def run_in_process(function, *arguments):
    return await asyncio.get_running_loop().run_in_executor(pool, function, *arguments)


app = elsewhere_app(run_in_process)
