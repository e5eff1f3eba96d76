"""`python start.py MODULE EVENTS`: imports the handler, predicts each event, and says how long that took, in s."""

import importlib
import json
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    events = json.loads(Path(sys.argv[2]).read_text())
    begun = time.perf_counter()
    handle = importlib.import_module(sys.argv[1]).handle
    imported = time.perf_counter()
    answers = [handle(events[0], None)]
    first, processor = time.perf_counter(), time.process_time()
    later = []
    for event in events[1:]:
        before = time.perf_counter()
        answers.append(handle(event, None))
        later.append(time.perf_counter() - before)
    probabilities = [one["probability"] for answer in answers for one in answer["predictions"]]
    told = {
        "import": imported - begun, "first": first - imported, "processor": processor, "later": later,
        "probabilities": probabilities,
        # Not `ru_maxrss`: that begins with what the process that started this one had.
        "megabytes": int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024,
    }  # fmt: skip
    print(json.dumps(told))
