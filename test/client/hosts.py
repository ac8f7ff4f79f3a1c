"""Two hosts and a server as network namespaces: one load from both at once, and one link cut in the middle.

Run by test_together.py in network, mount and host name spaces of its own, so that nothing is left of it:

    hosts.py cut|mpirun FOLDER LOAD_TOGETHER LOOPLAGD    sets the hosts up, loads, and prints the report
    hosts.py --launch COMMAND...                         does what srun does: the command on each host
    hosts.py --remote HOST COMMAND...                    does what ssh does, for mpirun
"""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request

SERVER = "10.77.0.1"
HOSTS = ("h1", "h2")
LIMIT_S = 110


def run(*words):
    subprocess.run(words, check=True)


def make_hosts():
    """Each host has a link of its own to the server, whose address is none of the links'."""
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    run("ip", "link", "set", "lo", "up")
    run("ip", "address", "add", f"{SERVER}/32", "dev", "lo")
    for number, host in enumerate(HOSTS, 1):
        run("ip", "netns", "add", host)
        run("ip", "link", "add", f"to-{host}", "type", "veth", "peer", "name", "eth0", "netns", host)
        run("ip", "address", "add", f"10.77.{number}.1/30", "dev", f"to-{host}")
        run("ip", "link", "set", f"to-{host}", "up")
        run("ip", "-n", host, "address", "add", f"10.77.{number}.2/30", "dev", "eth0")
        run("ip", "-n", host, "link", "set", "eth0", "up")
        run("ip", "-n", host, "route", "add", SERVER, "via", f"10.77.{number}.1")


def on(host, script, *arguments):
    """The words that run a script on a host, under its name."""
    return ["ip", "netns", "exec", host, "unshare", "--uts", "sh", "-c", 'hostname "$0"; ' + script, host, *arguments]


def launch(command):
    """Does what srun does: the command on each host, with its number in the environment."""
    clients = [
        subprocess.Popen(
            on(host, 'exec "$@"', *command),
            env={**os.environ, "SLURM_PROCID": str(number), "SLURM_NTASKS": str(len(HOSTS))},
        )
        for number, host in enumerate(HOSTS)
    ]
    return max(client.wait(timeout=LIMIT_S) for client in clients)


def cut_when_loaded(url):
    """The second host's link goes down once the server has answered the hosts for a second or so."""
    deadline = time.monotonic() + LIMIT_S
    asked = 0
    while time.monotonic() < deadline:
        asked += 1
        with urllib.request.urlopen(url + "/stats", timeout=LIMIT_S) as reply:
            if json.load(reply)["requests"]["answered"] - asked >= 100:
                break
        time.sleep(0.05)
    run("ip", "link", "set", f"to-{HOSTS[1]}", "down")


SELF = [sys.executable, os.path.abspath(__file__)]
MPIRUN = ["mpirun", "--mca", "plm_rsh_agent", " ".join([*SELF, "--remote"]), "--host", ",".join(HOSTS)]
CASES = {
    "cut": ([*SELF, "--launch"], ["--duration=3", "--rounds=6", "--timeout=300ms"]),
    "mpirun": (MPIRUN, ["--duration=1", "--rounds=2"]),
}


def main(case, folder, together, looplagd):
    launcher, flags = CASES[case]
    make_hosts()
    server = subprocess.Popen([looplagd, f"--host={SERVER}", "--port=0"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)  # fmt: skip
    try:
        url = server.stdout.readline().split()[2]
        cutter = threading.Thread(target=cut_when_loaded, args=(url,), daemon=True)
        if case == "cut":
            cutter.start()
        done = subprocess.run(
            [together, folder, *launcher, "--", "--base-url", url, *flags, "--class=small:size=1KiB,rate=50"],
            timeout=LIMIT_S, check=False,
        )
        if case == "cut":
            cutter.join(timeout=LIMIT_S)
        return done.returncode
    finally:
        server.terminate()
        server.wait(timeout=LIMIT_S)


if __name__ == "__main__":
    if sys.argv[1] == "--remote":
        words = on(sys.argv[2], 'exec sh -c "$*"', *sys.argv[3:])
        os.execvp(words[0], words)
    sys.exit(launch(sys.argv[2:]) if sys.argv[1] == "--launch" else main(*sys.argv[1:]))
