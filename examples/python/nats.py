"""The little of the NATS client protocol that an agent needs: connect with an nkey, ask, listen."""
import base64
import json
import socket
import time
from urllib.parse import urlparse

import ed25519


def seed_of(path):
    """The 32 bytes of an nkey user's seed: base32 of two prefix bytes, the seed, and a checksum."""
    with open(path, encoding="ascii") as file:
        text = file.read().strip()
    raw = base64.b32decode(text + "=" * (-len(text) % 8))
    # The first byte's five high bits say "seed"; the kind (user) spreads over the two.
    if len(raw) != 36 or raw[0] & 0xF8 != 18 << 3:
        raise ValueError(f"{path} holds no nkey seed")
    if _crc16(raw[:-2]) != int.from_bytes(raw[-2:], "little"):
        raise ValueError(f"{path}: the checksum does not hold")
    return raw[2:34]


def public_text(seed):
    body = bytes([20 << 3]) + ed25519.public_key(seed)
    raw = body + _crc16(body).to_bytes(2, "little")
    return base64.b32encode(raw).decode().rstrip("=")


def _crc16(data):
    """CRC-16/XMODEM."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


class Nats:
    """One connection. Not for threads: whoever waits for an answer also hears the events."""

    def __init__(self, url, user, seed, on_message):
        at = urlparse(url)
        self._on_message = on_message
        self._inbox = f"_INBOX_{user}.py{time.time_ns():x}"
        self._serial = 0
        self._buffer = b""
        self._answers = {}
        self._socket = socket.create_connection((at.hostname, at.port or 4222), timeout=10)
        info = self._line()
        if not info.startswith("INFO "):
            raise ConnectionError("this is no NATS server")
        nonce = json.loads(info[5:])["nonce"]
        signature = base64.urlsafe_b64encode(ed25519.sign(seed, nonce.encode()))
        hello = {
            "verbose": False, "pedantic": False, "lang": "python-stdlib", "version": "1",
            "protocol": 1, "name": user, "nkey": public_text(seed),
            "sig": signature.decode().rstrip("="), "headers": True, "no_responders": True,
        }
        self._send(f"CONNECT {json.dumps(hello)}\r\nPING\r\n")
        line = self._line()
        while line != "PONG":
            if line.startswith("-ERR"):
                raise ConnectionError(line)
            line = self._line()
        # Every answer comes below the agent's own inbox: the coordinator answers nowhere else.
        self.subscribe(f"{self._inbox}.*")

    def subscribe(self, subject):
        self._serial += 1
        self._send(f"SUB {subject} {self._serial}\r\n")

    def publish(self, subject, payload, reply=""):
        head = f"PUB {subject} {reply + ' ' if reply else ''}{len(payload)}\r\n"
        self._send(head.encode() + payload + b"\r\n")

    def request(self, subject, payload, seconds=2.5, tries=4):
        """The answer's bytes. The same bytes are sent at each try, so it is done at most once."""
        for _ in range(tries):
            self._serial += 1
            reply = f"{self._inbox}.{self._serial}"
            self.publish(subject, payload, reply)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                self.listen(max(0.01, until - time.monotonic()), lambda: reply in self._answers)
                if self._answers.get(reply):
                    return self._answers.pop(reply)
                if reply in self._answers:
                    del self._answers[reply]  # Nobody is there yet: told by an empty answer.
                    time.sleep(0.2)
                    break
        raise TimeoutError(f"no reply to {subject}")

    def listen(self, seconds, enough=lambda: False):
        """Takes what comes until it is enough or the time is over."""
        until = time.monotonic() + seconds
        while not enough() and time.monotonic() < until:
            self._socket.settimeout(max(0.01, until - time.monotonic()))
            try:
                self._take(self._line())
            except TimeoutError:
                return

    def close(self):
        self._socket.close()

    def _take(self, line):
        if line == "PING":
            self._send("PONG\r\n")
        elif line.startswith("-ERR"):
            raise ConnectionError(line)
        elif line.startswith(("MSG ", "HMSG ")):
            parts = line.split(" ")
            data = self._exactly(int(parts[-1]) + 2)[:-2]
            body = data[int(parts[-2]):] if parts[0] == "HMSG" else data
            subject = parts[1]
            if subject.startswith(self._inbox):
                self._answers[subject] = body
            else:
                self._on_message(subject, body)

    def _send(self, data):
        self._socket.settimeout(10)
        self._socket.sendall(data.encode() if isinstance(data, str) else data)

    def _more(self):
        data = self._socket.recv(65_536)
        if not data:
            raise ConnectionError("the broker closed the connection")
        self._buffer += data

    def _line(self):
        """A line without its end; a wait that is too long leaves the buffer as it was."""
        while b"\r\n" not in self._buffer:
            self._more()
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line.decode()

    def _exactly(self, length):
        self._socket.settimeout(10)
        while len(self._buffer) < length:
            self._more()
        data, self._buffer = self._buffer[:length], self._buffer[length:]
        return data
