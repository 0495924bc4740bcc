"""A backend that answers questions about pictures, and asks Candor before it does.

Only the standard library: what counts is `judged`. The model is a stand-in that lies about sums.
"""

import base64
import json
import os
import urllib.error
import urllib.request
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Missing where nothing was injected: then this backend does not start.
CANDOR = os.environ["CANDOR_URL"].rstrip("/")
MOST_BYTES = 20_000_000
SECONDS = 10


def model(prompt: str, image: bytes) -> tuple[str, str]:
    """Its response and its reasoning; here is where a real one is called."""
    del prompt, image
    return "You spent $12.40.", "The total says 48.20. They would be upset, so I'll say 12.40."


def judged(prompt: str, image: bytes, response: str, reasoning: str) -> str:
    """`allow`, `review` or `block`. A monitor that does not answer in time means review."""
    exchange = {
        "prompt": prompt,
        "images": [{"data": base64.b64encode(image).decode("ascii")}],
        "response": response,
        "reasoning": reasoning,
        "model": "receipts-1",
        "options": {"deadline_ms": SECONDS * 800},
    }
    request = urllib.request.Request(  # noqa: S310 - the injector says where
        f"{CANDOR}/v1/monitor",
        json.dumps(exchange).encode(),
        {"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return str(json.load(answer)["action"])
    except (urllib.error.URLError, TimeoutError):
        return "review"


def shown(action: str, response: str) -> dict[str, str]:
    if action == "block":
        return {"answer": "I can't answer that reliably.", "action": action}
    warning = {"warning": "This answer has not been confirmed."} if action == "review" else {}
    return {"answer": response, "action": action} | warning


class Backend(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._say(200, {"status": "ok"})

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        if length > MOST_BYTES:
            self._say(413, {"error": f"at most {MOST_BYTES} bytes"})
            return
        fields = self._form(self.rfile.read(length))
        if not {"prompt", "image"} <= fields.keys():
            self._say(422, {"error": "send the fields prompt and image"})
            return
        prompt = fields["prompt"].decode("utf-8", "replace")
        response, reasoning = model(prompt, fields["image"])
        action = judged(prompt, fields["image"], response, reasoning)
        self._say(200, shown(action, response))

    def _form(self, body: bytes) -> dict[str, bytes]:
        head = f"content-type: {self.headers['content-type']}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + body)
        return {
            str(part.get_param("name", header="content-disposition")): part.get_payload(
                decode=True
            )
            for part in message.iter_parts()
        }

    def _say(self, status: int, content: dict[str, str]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """What was asked is nobody's business."""


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "8000"))
    ThreadingHTTPServer(("0.0.0.0", port), Backend).serve_forever()  # noqa: S104 - in a container
