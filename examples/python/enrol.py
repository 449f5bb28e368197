#!/usr/bin/env python3
"""Enrols an agent as the operator and lends it margin, in Python's standard library alone.

    python3 enrol.py --url nats://127.0.0.1:4222 --fleet demo --agent snake --keys <...>/keys

`--keys` is the fleet's folder of keys: the operator's is read there, and the agent's will be there.
Its own broker is told by `flotilla up` of who was enrolled; another broker by `flotilla broker
config`. Exit code 0: enrolled, granted, and let in.
"""
import argparse
import os
import sys
import time

import nats
from agent import answer, tell


def give(connection, fleet, command, **body):
    """One command of the operator's. What is so already is no fault: it may be run twice."""
    name = f"{command}-{body['agent']}-{time.time_ns():x}"[:64]
    reply = answer(connection, f"fleet.{fleet}.ops.{command}", name, body)
    code = "ok" if reply["ok"] else reply["code"]
    tell("reply", command=command, code=code, detail=reply.get("detail", ""))
    if not reply["ok"] and code not in ("agent_exists", "delegation_exists"):
        raise RuntimeError(f"{command}: {code}: {reply['message']}")


def let_in(url, agent, path, seconds):
    """Waits until the agent has a key and the broker knows it."""
    end = time.monotonic() + seconds
    while True:
        try:
            nats.Nats(url, agent, nats.seed_of(path), lambda *_: None).close()
            return
        except (OSError, ValueError) as fault:
            if time.monotonic() > end:
                raise TimeoutError(f"the broker does not let {agent} in: {fault}") from fault
            time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    for option in ("url", "fleet", "agent", "keys"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--cap", default="120", help="USDC that it may hold at most")
    args = parser.parse_args()
    seed = nats.seed_of(os.path.join(args.keys, "operator.nk"))
    operator = nats.Nats(args.url, "operator", seed, lambda *_: None)
    try:
        give(operator, args.fleet, "Enrol", agent=args.agent, note="in Python")
        give(operator, args.fleet, "Grant", agent=args.agent, cap=args.cap, services=["trading"],
             maxLeverage=1_000_000, priority=1, mode="isolated", floor="0", leaseMs=60_000)
    finally:
        operator.close()
    key = os.path.join(args.keys, f"{args.agent}.nk")
    let_in(args.url, args.agent, key, seconds=30)
    tell("enrolled", agent=args.agent, key=key)


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError, ValueError, LookupError) as fault:
        tell("fault", message=f"{type(fault).__name__}: {fault}")
        sys.exit(1)
