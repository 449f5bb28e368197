#!/usr/bin/env python3
"""An agent in Python's standard library alone: reserves margin, trades with it, reduces, ends flat.

    python3 enrol.py --url nats://127.0.0.1:4222 --fleet demo --agent snake --keys <...>
    python3 agent.py --url nats://127.0.0.1:4222 --fleet demo --agent snake --key <...>/snake.nk

What it speaks is in docs/wire.md; what it may ask for in docs/subjects.md. Each line it prints is
one JSON object. Exit code 0: it traded and is flat again.
"""
import argparse
import json
import sys
import time
from decimal import ROUND_UP, Decimal

import msgpack
import nats


def tell(kind, **fields):
    print(json.dumps({"kind": kind, **fields}), flush=True)


def answer(connection, subject, name, body):
    """The coordinator's answer: a refusal is an answer too, with a code."""
    exp = time.time_ns() // 1_000_000 + 15_000
    asked = msgpack.encode({**body, "id": name, "exp": exp})
    return msgpack.decode(connection.request(subject, asked))


class Agent:
    def __init__(self, args):
        self.base = f"fleet.{args.fleet}"
        self.name = args.agent
        # Names are for ever: no other start of this agent may make the same.
        self.start = f"{time.time_ns() // 1_000_000:x}"
        self.serial = 0
        self.nats = nats.Nats(args.url, args.agent, nats.seed_of(args.key), self.heard)
        self.nats.subscribe(f"{self.base}.evt.{self.name}.>")

    def heard(self, _subject, body):
        event = json.loads(body)
        tell("event", id=event["id"], type=event["type"])

    def named(self, kind):
        self.serial += 1
        return f"{kind}-{self.name}-{self.start}-{self.serial}"

    def ask(self, command, **body):
        subject = f"{self.base}.cmd.{self.name}.{command}"
        reply = answer(self.nats, subject, self.named("c"), body)
        if command != "View":
            code = "ok" if reply["ok"] else reply["code"]
            tell("reply", command=command, code=code, detail=reply.get("detail", ""))
        return reply

    def must(self, command, **body):
        reply = self.ask(command, **body)
        if not reply["ok"]:
            raise RuntimeError(f"{command}: {reply['code']}: {reply['message']}")
        return reply

    def view(self):
        return self.must("View")["view"]

    def beat(self, phase):
        beat = msgpack.encode({"phase": phase, "note": ""})
        self.nats.publish(f"{self.base}.beat.{self.name}", beat)

    def until(self, what, holds, seconds=30):
        """Looks until it holds; the lease is renewed meanwhile."""
        end = time.monotonic() + seconds
        renewed = 0.0
        while time.monotonic() < end:
            if time.monotonic() - renewed > 5:
                renewed = time.monotonic()
                self.ask("Renew")
                self.beat("running")
            view = self.view()
            if holds(view):
                return view
            self.nats.listen(0.3)
        raise TimeoutError(f"it never came to: {what}")


def held(view, market):
    found = [one for one in view["positions"] if one["market"] == market]
    return Decimal(found[0]["qty"]) if found else Decimal(0)


def size_of(market):
    """The least that the market takes, with a third to spare, in whole lots."""
    lot, value = Decimal(market["lot"]), Decimal(market["minNotional"]) * Decimal("1.33")
    return (value / Decimal(market["mark"]) / lot).to_integral_value(ROUND_UP) * lot


def trade(agent, name):
    def ready(view):
        marks = [one for one in view["markets"] if one["market"] == name and one["mark"]]
        lease = view.get("delegation")
        return bool(marks) and lease is not None and lease["phase"] == "active"

    view = agent.until("a delegation and a mark", ready, seconds=60)
    before = held(view, name)
    market = next(one for one in view["markets"] if one["market"] == name)
    qty = size_of(market)
    margin = (qty * Decimal(market["mark"]) * Decimal("1.1")).quantize(Decimal("0.000001"))

    reservation = agent.named("r")
    agent.must("Reserve", reservation=reservation, amount=f"{margin:f}", service="trading",
               ttlMs=30_000)
    tell("reserved", amount=f"{margin:f}", reserved=agent.view()["delegation"]["reserved"])
    agent.must("PlaceOrder", order=agent.named("o"), market=name, side="buy", qty=f"{qty:f}",
               leverage=1_000_000, reservation=reservation)
    view = agent.until("a position", lambda now: held(now, name) > before and not now["orders"])
    tell("traded", qty=f"{held(view, name):f}", reserved=view["delegation"]["reserved"])

    return reduce(agent, name)


def reduce(agent, name):
    agent.beat("reducing")
    for _ in range(5):
        left = held(agent.view(), name)
        if left == 0:
            break
        agent.ask("PlaceOrder", order=agent.named("o"), market=name,
                  side="sell" if left > 0 else "buy", qty=f"{abs(left):f}", reduceOnly=True)
        agent.until("no order under way", lambda now: not now["orders"])
    return agent.until("a flat book", lambda now: held(now, name) == 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    for option in ("url", "fleet", "agent", "key"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--market", default="btc-perp")
    args = parser.parse_args()
    agent = Agent(args)
    try:
        try:
            view = trade(agent, args.market)
        except Exception:
            # Whatever went wrong: what was bought is not left to nobody.
            reduce(agent, args.market)
            raise
        tell("flat", reserved=view["delegation"]["reserved"], pnl=view["pnl"])
    finally:
        agent.nats.close()


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError, ValueError, LookupError) as fault:
        tell("fault", message=f"{type(fault).__name__}: {fault}")
        sys.exit(1)
