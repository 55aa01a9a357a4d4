"""The served champion under load and ill will: is it alive, does its memory stay, and what does a frame save?

    python benchmarks/serving.py                           # two minutes, on the champion of this checkout
    python benchmarks/serving.py --seconds 10 --root COPY

It starts `mgiqa serve`, compares frames of 32 images with frames of one, and then lets 8 clients ask at once; every
tenth request is hostile. The exit status is 1 where the server ends, grows, or says more than a sentence.
"""

import argparse
import base64
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
PORT, CLIENTS, FRAME, HOSTILE = 5077, 8, 32, 0.1
GROWTH = 1.1
"""Most that memory may grow from the second quarter of the time to the last."""
FASTER = 4.0
"""How much faster an image is in a frame of 32 than alone, as promised."""
PATIENCE = 600.0


def picture(rng: np.random.Generator) -> str:
    """A soft random field in the size of KADID-10k, as it is sent."""
    small = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))
    content = BytesIO()
    small.resize((512, 384), Image.Resampling.BICUBIC).save(content, "JPEG")
    return base64.b64encode(content.getvalue()).decode()


def frame(*images: object, **params: object) -> bytes:
    """A request."""
    return json.dumps({"dataframe_records": [{"image": image} for image in images], "params": params}).encode()


def hostile() -> list[bytes]:
    """Requests that ask for too much, are no requests, or hold what is no image."""
    bomb = BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    noise = BytesIO()
    Image.effect_noise((64, 64), 50).save(noise, "JPEG", progressive=True)
    whole = noise.getvalue()
    last = whole.rindex(b"\xff\xda")
    scans = whole[:-2] + whole[last:-2] * 2000 + whole[-2:]
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9000 9000\n"
    images = [base64.b64encode(content).decode() for content in (bomb.getvalue(), scans, postscript, whole[:300])]
    return [
        *(frame(image) for image in images),
        frame("/etc/passwd", "/dev/zero", str(ROOT / "params.yaml"), 7, None, ""),
        frame("AAAA", answers=20_000),
        frame("AAAA", seed=-1),
        frame(*["AAAA"] * 5000),
        b"{",
        b'{"inputs": ' + b"[" * 50_000,
        b" " * 70_000_000,
        b'{"dataframe_records": [' + b"{}," * 1_000_000 + b"{}]}",
    ]


def ask(body: bytes) -> tuple[int, bytes]:
    """Status and text; 0 where the connection is closed, as it is on a body that is too large."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE)
    try:
        connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (ConnectionError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


@dataclass
class Tally:
    """What came of the requests, by kind and status, and what must not be."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, kind: str, status: int, text: bytes) -> None:
        """Counts one answer."""
        self.counts[f"{kind} {status}"] += 1
        if b"Traceback" in text or b"stack_trace" in text or str(ROOT).encode() in text or b"site-packages" in text:
            self.wrong.append(f"{kind} {status} says {text[:200]!r}")
        scored = status == 200 and all(record["overall"] for record in json.loads(text)["predictions"])
        if kind == "good" and not scored:
            self.wrong.append(f"good {status} says {text[:200]!r}")


def client(seed: int, until: float, pictures: list[str], bad: list[bytes], tally: Tally) -> None:
    """Asks one request after the other."""
    rng = np.random.default_rng(seed)
    while time.monotonic() < until:
        if rng.random() < HOSTILE:
            tally.add("hostile", *ask(bad[rng.integers(len(bad))]))
        else:
            chosen = rng.choice(len(pictures), int(rng.integers(1, 5)))
            tally.add("good", *ask(frame(*(pictures[index] for index in chosen))))


def memory(process: "subprocess.Popen[bytes]") -> float:
    """Megabytes that the server holds; 0 after its end."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024
    except (OSError, IndexError):
        return 0.0


def scored(body: bytes) -> None:
    """Asks, and insists on scores."""
    status, text = ask(body)
    if status != 200:
        raise SystemExit(f"a frame was answered by {status} {text[:300]!r}")


def busy(process: "subprocess.Popen[bytes]") -> float:
    """Seconds of cores that the server has taken."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def faster(process: "subprocess.Popen[bytes]", pictures: list[str], pairs: int) -> tuple[float, float]:
    """Seconds of a frame of one over seconds per image of a frame of 32, by the clock and of the server's cores; the
    medians of several pairs.
    """
    ratios = []
    for _ in range(pairs):
        start = np.array([time.monotonic(), busy(process)])
        for image in pictures[:FRAME]:
            scored(frame(image))
        middle = np.array([time.monotonic(), busy(process)])
        scored(frame(*pictures[:FRAME]))
        ratios.append((middle - start) / (np.array([time.monotonic(), busy(process)]) - middle))
    clock, cores = np.median(ratios, axis=0)
    return float(clock), float(cores)


def main() -> int:
    """Prints what is promised and what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--root", type=Path, default=ROOT, help="checkout with a champion")
    options = parser.parse_args()
    command = [sys.executable, "-m", "mgiqa", "serve", "--port", str(PORT), "--root", str(options.root)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        return examine(process, options.seconds, options.pairs)
    finally:
        process.terminate()
        process.wait()


def examine(process: "subprocess.Popen[bytes]", seconds: float, pairs: int) -> int:
    """0 where all is as promised, else 1."""
    pictures = [picture(np.random.default_rng(seed)) for seed in range(FRAME)]
    while ask(frame(pictures[0]))[0] != 200:
        if process.poll() is not None:
            print("the server did not start")
            return 1
        time.sleep(1)
    ratio, cores = faster(process, pictures, pairs)
    print(
        f"an image of a frame of {FRAME} over one alone: {ratio:.1f} times as fast (promised: {FASTER:g}), "
        f"{cores:.1f} in time of the processor",
        flush=True,
    )
    tally, held, bad = Tally(), [], hostile()
    until = time.monotonic() + seconds
    clients = [threading.Thread(target=client, args=(seed, until, pictures, bad, tally)) for seed in range(CLIENTS)]
    for one in clients:
        one.start()
    while any(one.is_alive() for one in clients):
        held.append(memory(process))
        time.sleep(0.5)
    alive = process.poll() is None and ask(frame(pictures[0]))[0] == 200
    quarters = [max(part) for part in np.array_split(held, 4)]
    print(
        f"{CLIENTS} clients, {seconds:g} s:",
        ", ".join(f"{times} {kind}" for kind, times in sorted(tally.counts.items())),
    )
    print("alive" if alive else "NOT ALIVE", "and said too much" if tally.wrong else "and said no more than a sentence")
    print(*tally.wrong[:5], sep="\n")
    print("most memory in each quarter, MB:", *(f"{most:.0f}" for most in quarters))
    print(f"the last over the second: {quarters[3] / quarters[1]:.2f} (promised: at most {GROWTH:g})")
    return 0 if alive and not tally.wrong and quarters[3] <= GROWTH * quarters[1] and ratio >= FASTER else 1


if __name__ == "__main__":
    sys.exit(main())
